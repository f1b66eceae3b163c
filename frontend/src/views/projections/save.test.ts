import { beforeEach, expect, it, vi } from "vitest";
import { coloured } from "./colouring";
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
  const watched = {
    playhead,
    playing: null,
    span: [0, 0],
    goToStep() {},
    watch: () => () => {},
  } as const;
  const looks = coloured("class", FACTS);
  const text = savableMap({ stage, sides, watched, chosen: new Set(), looks, layer: 0 }).drawing?.(
    "SVG",
  );
  return new DOMParser().parseFromString(String(text), "text/html");
}

it("says what is drawn, how far to trust it, and what the colours mean", () => {
  const words = [...drawn().querySelectorAll("text")].map(({ textContent }) => textContent);
  const map = "plain · step 80 · conv · PivotMDS · stress .21";
  for (const place of ["A", "B"]) expect(words.join(" ")).toContain(`${place}: ${map}`);
  for (const line of words) expect(line.length).toBeLessThan(400 / 6);
  expect(words.slice(-2)).toEqual(["cat", "ship"]);
});

it("holds each moment's dots within its own half", () => {
  const panes = [...drawn().querySelectorAll("svg svg")];
  const where = panes.map((pane) => [pane.getAttribute("x"), pane.getAttribute("width")]);
  expect(where).toEqual([
    ["200", "200"],
    ["0", "200"],
  ]);
  for (const pane of panes) {
    const dots = [...pane.querySelectorAll("path[fill^='#']")];
    expect(dots).toHaveLength(4);
    expect(dots[0]?.getAttribute("d")).toBe(
      panes[0]?.querySelector("path[fill^='#']")?.getAttribute("d"),
    );
    expect(pane.getAttribute("overflow")).toBe("hidden");
  }
});
