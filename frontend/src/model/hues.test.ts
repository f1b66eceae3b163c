import { describe, expect, it } from "vitest";
import { HUES } from "./color";
import { fitHues, type Hues, huesOfAll, NO_HUES, remembered, withHue } from "./hues";
import { model } from "./samples";
import type { ShownSubset } from "./shown";

const classes = Array.from({ length: 24 }, (_, index) => `name ${index}`);
const many = model({
  classes,
  subsets: ["all", "slice:night", "slice:rain", ...classes.map((_, index) => `class:${index}`)],
});
const ten = model({ classes: classes.slice(0, 10) });

/** Shown and taken away one after the other, as a person does. */
function inTurn(...keys: string[]): { shown: readonly ShownSubset[]; hues: Hues } {
  return keys.reduce<{ shown: readonly ShownSubset[]; hues: Hues }>(
    ({ shown, hues }, key) => {
      const next = shown.some((one) => one.key === key)
        ? shown.filter((one) => one.key !== key)
        : [...shown, withHue(key, many, hues, shown)];
      return { shown: next, hues: remembered(hues, next, many) };
    },
    { shown: [], hues: NO_HUES },
  );
}

describe("the hue of a class", () => {
  it("is the next one when it is first shown, whichever class it is", () => {
    expect(inTurn("class:17", "class:3", "class:23").shown.map(({ hue }) => hue)).toEqual([
      0, 1, 2,
    ]);
  });

  it("stays its own when it is taken away and comes again after others", () => {
    const { shown } = inTurn("class:5", "class:6", "class:5", "class:7", "class:5");
    expect(shown).toEqual([
      { key: "class:6", hue: 1 },
      { key: "class:7", hue: 2 },
      { key: "class:5", hue: 0 },
    ]);
  });

  it("is nobody else's among ten that are shown, however many came before", () => {
    const before = Array.from({ length: 14 }, (_, index) => [`class:${index}`, `class:${index}`]);
    const keys = Array.from({ length: 10 }, (_, index) => `class:${index + 8}`);
    const { shown } = inTurn(...before.flat(), ...keys);
    expect(new Set(shown.map(({ hue }) => hue)).size).toBe(10);
    expect(shown.every(({ hue }) => hue < HUES)).toBe(true);
  });

  it("belongs to its name, in every run", () => {
    const { hues } = inTurn("class:5", "class:6");
    const turned = model({ classes: classes.toReversed() });
    expect(withHue("class:18", turned, hues, [])).toEqual({ key: "class:18", hue: 0 });
    expect(withHue("class:17", turned, hues, [])).toEqual({ key: "class:17", hue: 1 });
    expect(withHue("class:5", turned, hues, [])).toEqual({ key: "class:5", hue: 2 });
  });
});

it("all inputs and slices are neutral, and different ones", () => {
  const { shown, hues } = inTurn("all", "slice:night", "slice:rain", "class:0");
  const neutral = shown.slice(0, 3).map(({ hue }) => hue);
  expect(new Set(neutral).size).toBe(3);
  expect(neutral.every((hue) => hue >= HUES)).toBe(true);
  expect([...hues]).toEqual([["name 0", 0]]);
});

it("a link keeps the hues that it says, where they are hues and no two the same", () => {
  const wanted = [
    { key: "class:4", hue: 7 },
    { key: "all", hue: 3 },
    { key: "class:5", hue: 7 },
    { key: "class:6", hue: 99 },
    { key: "class:8", hue: 0 },
  ];
  const [four, all, five, six, eight] = fitHues(wanted, many);
  expect([four?.hue, eight?.hue]).toEqual([7, 0]);
  expect(all?.hue).toBe(HUES);
  expect(new Set([7, 0, five?.hue, six?.hue]).size).toBe(4);
});

describe("where all classes are in sight", () => {
  it("ten have ten hues, those that were shown their own", () => {
    const hues = new Map([["name 6", 0]]);
    const all = huesOfAll(hues, [], ten);
    expect(all.get("name 6")).toBe(0);
    expect(new Set(all.values()).size).toBe(10);
    expect(huesOfAll(all, [], ten)).toBe(all);
  });

  it("of more than ten those alone have one that are shown", () => {
    const { shown, hues } = inTurn("class:3", "class:4", "class:3");
    expect([...huesOfAll(hues, shown, many)]).toEqual([["name 4", 1]]);
  });
});
