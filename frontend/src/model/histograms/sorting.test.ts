import { describe, expect, test } from "vitest";
import type { Sort, Term } from "../shown";
import { sortSource } from "./panel";
import { searchUnits, sorted, sortValues, tellingDistance } from "./sorting";
import { panel } from "./testing";

const NaN_ = Number.NaN;
const subset = (key: string): Term => ({ kind: "subset", place: "A", key });
const instance = (number: number): Term => ({ kind: "instance", place: "A", instance: number });

const one = [[0], [0], [0], [0]];
const data = panel(
  [
    { counts: one, medians: [3, 1, NaN_, 2] },
    { counts: one, medians: [1, 1, 1, 5] },
  ],
  { instances: [[4, 0, 2, 2]] },
);
const source = sortSource({
  ...data,
  divergence: {
    of: 0,
    from: 1,
    wasserstein: Float32Array.of(2, 9, NaN_, 4),
    ratio: Float32Array.of(3, 2.9, NaN_, 8),
    jensenShannon: new Float32Array(4),
    kolmogorovSmirnov: new Float32Array(4),
  },
});
const order = (sort: Sort) => sorted(sortValues(sort, source), sort.descending);

describe("the order of units", () => {
  test("by index, either way", () => {
    expect(order({ by: "index", descending: false })).toEqual([0, 1, 2, 3]);
    expect(order({ by: "index", descending: true })).toEqual([3, 2, 1, 0]);
  });

  test("by a subject's median puts NaN last either way", () => {
    expect(order({ by: "value", of: subset("class:0"), descending: true })).toEqual([0, 3, 1, 2]);
    expect(order({ by: "value", of: subset("class:0"), descending: false })).toEqual([1, 3, 0, 2]);
  });

  test("by an instance's activation breaks ties by index either way", () => {
    expect(order({ by: "value", of: instance(0), descending: true })).toEqual([0, 2, 3, 1]);
    expect(order({ by: "value", of: instance(0), descending: false })).toEqual([1, 2, 3, 0]);
  });

  test("by the signed difference of two medians", () => {
    const sort = { by: "difference", of: subset("class:0"), from: subset("class:1") } as const;
    expect(order({ ...sort, descending: true })).toEqual([0, 1, 3, 2]);
  });

  test("by the difference of an instance and a median", () => {
    const sort = { by: "difference", of: instance(0), from: subset("class:1") } as const;
    expect([...sortValues({ ...sort, descending: true }, source)]).toEqual([3, -1, 1, -3]);
  });

  test("by divergence counts what is not told from noise as none", () => {
    const sort = { by: "divergence", of: subset("class:0"), from: subset("class:1") } as const;
    expect(order({ ...sort, descending: true })).toEqual([3, 0, 1, 2]);
  });

  test("by something that is not shown is by index", () => {
    expect(order({ by: "value", of: subset("class:7"), descending: true })).toEqual([0, 1, 2, 3]);
  });
});

test("a distance is telling from three times the noise floor on", () => {
  expect(tellingDistance(1.5, 3)).toBe(1.5);
  expect(tellingDistance(1.5, 2.99)).toBe(0);
  expect(tellingDistance(NaN_, 9)).toBeNaN();
});

describe("searching units", () => {
  const found = (text: string, units = 100) => {
    const answer = searchUnits(text, units);
    return answer instanceof Set ? [...answer].sort((a, b) => a - b) : answer;
  };

  test("reads indices and ranges, separated by commas or blanks", () => {
    expect(found("3, 17 40-42;5")).toEqual([3, 5, 17, 40, 41, 42]);
  });

  test("means all units when it is empty", () => {
    expect(found("  ")).toBeNull();
  });

  test("ends a range at the last unit", () => {
    expect(found("98-99999999")).toEqual([98, 99]);
  });

  test("explains what it cannot read", () => {
    expect(found("7, cat")).toMatch(/“cat” is no unit/);
  });

  test("finds units by part of their names, beside those by index", () => {
    const names = new Map([
      [2, "Dog face"],
      [5, "dogs, 2 legs"],
      [9, "wheel"],
    ]);
    const units = (text: string) => searchUnits(text, 100, names);
    expect(units("dog")).toEqual(new Set([2, 5]));
    expect(units("DOG FACE, 7 8")).toEqual(new Set([2, 7, 8]));
    expect(units("2")).toEqual(new Set([2, 5]));
    expect(units("dog, cat")).toMatch(/“cat” is no unit/);
  });
});
