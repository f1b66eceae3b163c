import { describe, expect, it } from "vitest";
import { model } from "../model/samples";
import type { Score } from "../model/scores";
import { arranged, type Measures, type Order, subsetRows } from "./subsets";

const score = (value: number): Score => ({ value, inputs: 100, history: [value], at: 0 });

const measures: Measures = {
  scores: new Map([
    ["class:0", score(0.9)],
    ["class:1", score(0.2)],
    ["class:2", score(Number.NaN)],
  ]),
  confusion: new Map([
    ["class:0", 3],
    ["class:1", Number.POSITIVE_INFINITY],
    ["class:2", 7],
  ]),
  regression: false,
};

const sample = model({
  classes: ["b10", "b9", "a"],
  subsets: ["class:0", "slice:x", "class:1", "all", "class:2"],
});
const keys = (order: Order, changes: Partial<Measures> = {}) =>
  arranged(subsetRows(sample), order, { ...measures, ...changes }).map(({ key }) => key);

describe("the list of subsets", () => {
  it("begins with all, then classes, then slices", () => {
    expect(keys("recorded")).toEqual(["all", "class:0", "class:1", "class:2", "slice:x"]);
  });

  it("holds classes without histograms, marked as such, but no predicted classes without", () => {
    const rows = subsetRows(model({ subsets: ["all"], moments: ["class:0", "predicted:0"] }));
    expect(rows.map(({ key, recorded }) => [key, recorded])).toEqual([
      ["all", true],
      ["class:0", false],
    ]);
  });

  it("is sorted by name as people count", () => {
    expect(keys("name")).toEqual(["all", "class:2", "class:1", "class:0", "slice:x"]);
  });

  it("is sorted worst first by accuracy, by error and by confusion, without a number last", () => {
    expect(keys("score")).toEqual(["all", "class:1", "class:0", "class:2", "slice:x"]);
    expect(keys("score", { regression: true })).toEqual([
      "all",
      "class:0",
      "class:1",
      "class:2",
      "slice:x",
    ]);
    expect(keys("confusion")).toEqual(["all", "class:1", "class:2", "class:0", "slice:x"]);
  });
});
