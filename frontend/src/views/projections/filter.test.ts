import { describe, expect, it } from "vitest";
import { composition, inSubsets, onlySome } from "./filter";
import { mapsOf } from "./maps";
import { FACTS, projection } from "./testing";

const { instances, predictions, model } = FACTS;
const kept = (...keys: readonly string[]) => {
  const found = inSubsets(
    instances,
    predictions,
    keys.map((key) => ({ key, hue: 0 })),
  );
  return found && [...found];
};

describe("the subsets selected", () => {
  it("leave their instances: of classes, predicted classes and slices", () => {
    expect(kept("class:2")).toEqual([2]);
    expect(kept("class:2", "predicted:1")).toEqual([1, 2, 3]);
    const slices = instances.map((one, at) => ({ ...one, slices: at === 1 ? ["night"] : [] }));
    const night = [{ key: "slice:night", hue: 0 }];
    expect([...(inSubsets(slices, predictions, night) ?? [])]).toEqual([1]);
    const cats = [{ key: "slice:night/class:0", hue: 0 }];
    expect([...(inSubsets(slices, predictions, cats) ?? [])]).toEqual([1]);
  });

  it("leave all where none is selected, or one that holds everything", () => {
    expect(kept()).toBeNull();
    expect(kept("all", "class:2")).toBeNull();
  });

  it("leave out points, but no places", () => {
    const maps = mapsOf(
      projection(
        ["a"],
        [
          [
            [0, 0],
            [1, 1],
            [2, 2],
          ],
        ],
      ),
      3,
    );
    const some = onlySome(maps, new Set([2, 0]));
    expect(some.shown).toEqual([0, 2]);
    expect(some.places).toBe(maps.places);
    expect(onlySome(maps, null)).toBe(maps);
  });
});

describe("a selection", () => {
  it("states its classes, the largest first, and how many of it are predicted correctly", () => {
    expect(composition([0, 1, 2, 3], instances, predictions, model)).toBe(
      "4 selected: 3 cat, 1 ship; 2 of 4 predicted correctly",
    );
    expect(composition([2], instances, null, model)).toBe("1 selected: 1 ship");
  });

  it("names four classes and counts the rest", () => {
    const many = [0, 1, 2, 3, 4, 5, 5].map((label) => ({ ...instances[0], label }));
    const classes = ["a", "b", "c", "d", "e", "f"];
    expect(
      composition([0, 1, 2, 3, 4, 5, 6], many as typeof instances, null, { ...model, classes }),
    ).toBe("7 selected: 2 f, 1 a, 1 b, 1 c, 2 others");
  });
});
