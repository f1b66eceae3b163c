import { beforeEach, expect, it, vi } from "vitest";
import { mapsOf } from "./maps";
import { projectionOptions } from "./options";
import { Playhead } from "./playhead";
import type { StageCanvas } from "./reading";
import { savableMap } from "./save";
import { Memory, sceneOf } from "./scene";
import { ProjectionStage } from "./stage";
import { FACTS, projection } from "./testing";

const quiet = { painted: vi.fn(), spanned: vi.fn(), rested: vi.fn(), played: vi.fn() };
const painter = { setDots: vi.fn(), setLines: vi.fn(), draw: vi.fn(), destroy: vi.fn() };
const at = mapsOf(
  projection(
    ["conv"],
    [
      [
        [0, 0],
        [0.5, 0],
        [0, 0.5],
        [-0.5, 0],
      ],
    ],
  ),
  4,
);
const sides = (["A", "B"] as const).map((place) => ({
  ...{ place, model: FACTS.model, from: at, to: at, now: at, facts: FACTS },
  ...{ trails: null, neighbours: null },
}));

beforeEach(() => vi.stubGlobal("requestAnimationFrame", () => 0));

function drawn(): Document {
  const playhead = new Playhead(quiet);
  const canvas = document.createElement("canvas") as StageCanvas;
  const stage = new ProjectionStage(canvas, document.createElement("canvas"), painter, playhead);
  const wishes = {
    memory: new Memory(),
    options: projectionOptions.initial,
    chosen: [],
    minus: false,
  };
  const framing = { of: "maps", extent: { x: 0, y: 0, reach: 1 } };
  stage.resize({ width: 400, height: 200 });
  stage.show(sceneOf(sides, { ...wishes, framing, pictures: null, nameOf: String }));
  stage.paint();
  return new DOMParser().parseFromString(`<svg>${canvas.drawing?.(true)?.text}</svg>`, "text/html");
}

it("says of which moments and layer a file is", () => {
  const { caption } = savableMap(sides, new Playhead(quiet), new Set());
  for (const place of ["A", "B"]) expect(caption).toContain(`${place}: plain · step 80 · conv`);
});

it("draws each moment's dots within its own half", () => {
  const panes = [...drawn().querySelectorAll("clipPath, clippath")];
  const halves = panes.map((pane) => {
    const rect = pane.querySelector("rect");
    return [rect?.getAttribute("x"), rect?.getAttribute("width")];
  });
  expect(halves).toEqual([
    ["200", "200"],
    ["0", "200"],
  ]);
  const dots = panes.map((pane) => [
    ...(pane.nextElementSibling?.querySelectorAll("path[fill^='#']") ?? []),
  ]);
  expect(dots.map(({ length }) => length)).toEqual([4, 4]);
});
