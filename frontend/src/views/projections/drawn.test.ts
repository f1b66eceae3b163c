import { describe, expect, it } from "vitest";
import { sheetOf } from "../../plot/columns";
import { columnsOf, drawnRows, rowsOf } from "./drawn";
import { mapsOf } from "./maps";
import type { Playhead } from "./playhead";
import { FACTS, projection } from "./testing";

const side = (shift: number) =>
  mapsOf(
    projection(
      ["a", "b"],
      [0, 10].map((start) => [0, 1, 2, 3].map((at) => [start + at + shift, start] as const)),
    ),
    4,
  );
const mapped = {
  place: "A",
  model: FACTS.model,
  from: side(0),
  to: side(4),
  facts: FACTS,
} as const;
const head = (layer: number, t: number, isReady = true) =>
  ({ layer, t, isReady, from: 0, to: 1 }) as Playhead;

describe("what is drawn", () => {
  it("is the map itself at a stop", () => {
    expect(drawnRows(mapped, head(1, 0))).toEqual(
      [0, 1, 2, 3].map((instance) => ({ instance, x: 10 + instance, y: 10 })),
    );
  });

  it("is half-way between layers and steps half-way", () => {
    expect(drawnRows(mapped, head(0.5, 0.5))[1]).toEqual({ instance: 1, x: 8, y: 5 });
  });

  it("waits for the maps of the next step", () => {
    expect(drawnRows(mapped, head(0, 0.5, false))[0]).toEqual({ instance: 0, x: 0, y: 0 });
  });

  it("goes into a table with what is known of each instance", () => {
    const playhead = head(0.5, 0);
    const [names, first] = sheetOf(columnsOf(playhead, new Set([0])), rowsOf(mapped, playhead));
    const cells = Object.fromEntries((names ?? []).map((name, at) => [name, first?.[at]]));
    expect(cells).toMatchObject({
      moment: "A",
      layer: "a",
      "next layer": "b",
      instance: 0,
      name: "one",
      "true class": "cat",
      "predicted as": "cat",
      probability: Math.fround(0.995),
      selected: 1,
      x: 5,
      y: 5,
    });
    expect(new Set(names).size).toBe(names?.length);
  });
});
