import { describe, expect, it } from "vitest";
import { locate, resting } from "../../gl/field";
import {
  changes,
  extentOf,
  FEWER_LAYERS,
  layerAt,
  mapsOf,
  placeIn,
  reachingBoth,
  tellingLayers,
} from "./maps";
import { projection } from "./testing";

const where = (maps: ReturnType<typeof mapsOf>, row: number, slice: number) => {
  const spot = { x: 0, y: 0 };
  return locate(resting(maps.places, slice), row, spot) ? [spot.x, spot.y] : null;
};

describe("maps", () => {
  it("have a row for every instance of the probe set, shown or not", () => {
    const maps = mapsOf(projection(["a"], [[[1, 2], [3, 4]]], [5, 2]), 6); // biome-ignore format: a row
    expect(where(maps, 5, 0)).toEqual([1, 2]);
    expect(where(maps, 2, 0)).toEqual([3, 4]);
    expect(where(maps, 0, 0)).toBeNull();
    expect(maps.shown).toEqual([5, 2]);
  });

  it("have the layers asked for, in that order, and none where there is no map", () => {
    const answer = projection(["a", "b"], [[[1, 1]], [[2, 2]]]);
    const maps = mapsOf(answer, 1, ["b", "c", "a"]);
    expect([0, 1, 2].map((slice) => where(maps, 0, slice))).toEqual([[2, 2], null, [1, 1]]);
    expect(maps.quality.map((quality) => quality?.mirrored ?? null)).toEqual([true, null, false]);
  });

  it("leave out places that are no numbers", () => {
    expect(where(mapsOf(projection(["a"], [[[Number.NaN, 1]]]), 1), 0, 0)).toBeNull();
  });

  it("change by the root mean square distance from layer to layer", () => {
    const layers = [[[0, 0], [0, 0]], [[3, 4], [0, 0]], [[3, 4], [0, 0]]] as const; // biome-ignore format: maps
    const { places } = mapsOf(projection(["a", "b", "c"], layers), 2);
    expect(changes(places)).toEqual([Number.POSITIVE_INFINITY, Math.sqrt(25 / 2), 0]);
  });

  it("are cut to the most different layers where they are many", () => {
    const moved = [3, 11, 12, 20, 21, 22, 30, 31, 33, 34, 35];
    let x = 0;
    const layers = Array.from({ length: 40 }, (_, layer) => {
      if (moved.includes(layer)) x += 1;
      return [[x, 0] as const];
    });
    const names = layers.map((_, layer) => `layer ${layer}`);
    const { places } = mapsOf(projection(names, layers), 1);
    expect(tellingLayers(places, false)).toEqual([0, ...moved]);
    expect(tellingLayers(places, false)).toHaveLength(FEWER_LAYERS);
    expect(tellingLayers(places, true)).toHaveLength(40);
  });

  it("reach as far as nearly all places do", () => {
    const row = Array.from({ length: 1000 }, (_, at) => [at < 999 ? 2 + 4 * (at % 2) : 500, 1]);
    const maps = mapsOf(projection(["a"], [row as [number, number][]]), 1000);
    expect(extentOf([maps.places])).toEqual({ x: 4, y: 1, reach: 2 });
    expect(extentOf([])).toEqual({ x: 0, y: 0, reach: 1 });
    const small = { x: 0, y: 0, reach: 1 };
    expect(reachingBoth(small, { x: 0.1, y: 0, reach: 0.9 })).toBe(small);
    expect(reachingBoth(small, { x: 3, y: 0, reach: 2 })).toEqual({ x: 2, y: 0, reach: 3 });
  });
});

describe("a place along the layers", () => {
  const all = ["conv", "relu", "flatten", "fc"];
  const mapped = ["conv", "relu", "fc"];

  it("is by name, whatever layers have no map", () => {
    expect(placeIn("fc", mapped, all)).toBe(2);
    expect(placeIn(["conv", 0.5], mapped, all)).toBe(0.5);
    expect(placeIn("fc", ["fc"], all)).toBe(0);
  });

  it("of a layer without a map is that of the one before it", () => {
    expect(placeIn("flatten", mapped, all)).toBe(1);
    expect(placeIn("conv", ["fc"], all)).toBe(0);
    expect(placeIn("gone", mapped, all)).toBe(0);
  });

  it("comes back from what is written of it", () => {
    for (const place of [0, 0.25, 1, 1.75, 2])
      expect(placeIn(layerAt(place, mapped), mapped, all)).toBe(place);
    expect(layerAt(2, mapped)).toBe("fc");
    expect(placeIn(1.5, mapped, all)).toBe(1.5);
  });
});
