import { describe, expect, it } from "vitest";
import type { Metrics, Similarity } from "../../api/types";
import { model } from "../../model/samples";
import type { ShownSubset } from "../../model/shown";
import { type ClassRow, classKeys, classRows, sortedRows, withFirst, withSecond } from "./classes";

const counts = (values: readonly number[], shape: readonly number[]) => ({
  data: Uint32Array.from(values),
  shape,
});

const row = (key: string, changes: Partial<ClassRow> = {}): ClassRow => ({
  key,
  query: null,
  name: key,
  inputs: 100,
  score: Number.NaN,
  probability: [],
  similarity: Number.NaN,
  alike: [Number.NaN, Number.NaN],
  ...changes,
});

const keys = (rows: readonly { readonly key: string }[]) => rows.map(({ key }) => key);

describe("classes", () => {
  it("are listed by index, with or without histograms", () => {
    const subsets = ["all", "class:10", "class:2", "slice:attacked", "slice:attacked/class:2"];
    const found = classKeys(model({ subsets, moments: ["class:2", "class:0", "predicted:0"] }));
    expect(found).toEqual(["class:0", "class:2", "class:10"]);
  });

  it("are those predicted where there are no labels, and parts of the target in a regression", () => {
    const only = (...subsets: string[]) => classKeys(model({ subsets, moments: [] }));
    expect(only("all", "predicted:3", "predicted:1")).toEqual(["predicted:1", "predicted:3"]);
    expect(only("all", "target:0", "target:1")).toEqual(["target:0", "target:1"]);
    expect(only("all", "slice:attacked")).toEqual([]);
  });

  it("have their inputs, accuracy and shares of the moment, and their similarity", () => {
    const metrics = {
      arrays: {
        inputs: counts([2, 2, 4, 4], [2, 2]),
        correct: counts([0, 1, 1, 3], [2, 2]),
        predicted: counts([2, 2, 4, 4], [2, 2]),
        probability: counts([1, 3, 0, 0], [2, 2]),
      },
      meta: { steps: [0, 40], rows: ["all", "class:1"] },
    } as unknown as Metrics;
    const similarity: Similarity = {
      arrays: {
        similarity: { data: Float32Array.of(0.5, 1), shape: [2] },
        low: { data: Float32Array.of(0.25, 1), shape: [2] },
        high: { data: Float32Array.of(0.75, 1), shape: [2] },
      },
      meta: { layer: "features.3", step: 40, rows: ["class:2", "class:1"] },
    };
    const rows = classRows(model({ classes: ["a", "b", "b"] }), 40, metrics, similarity);
    expect(rows).toEqual(
      [
        { ...row("class:0", { name: "a", inputs: null }) },
        {
          ...row("class:1", { name: "b #1", inputs: 4, score: 0.75, similarity: 1, alike: [1, 1] }),
          probability: [0, 0],
        },
        { ...row("class:2", { name: "b #2", inputs: null, similarity: 0.5, alike: [0.25, 0.75] }) },
      ].map((one, at) => ({ ...one, query: "abb"[at] ?? null })),
    );
  });
});

it("predicted classes have the inputs that were predicted as them", () => {
  const metrics = {
    arrays: {
      inputs: counts([0, 0, 0, 0], [2, 2]),
      correct: counts([0, 0, 0, 0], [2, 2]),
      predicted: counts([1, 2, 3, 4], [2, 2]),
      probability: counts([], [2, 0]),
    },
    meta: { steps: [0, 40], rows: ["class:0", "class:1"] },
  } as unknown as Metrics;
  const only = model({ subsets: ["all", "predicted:0", "predicted:1"], moments: [] });
  const inputs = (step: number) => classRows(only, step, metrics, null).map((row) => row.inputs);
  expect(inputs(0)).toEqual([1, 2]);
  expect(inputs(80)).toEqual([3, 4]);
});

describe("the order of classes", () => {
  const rows = [
    row("a", { score: 0.5, similarity: 0.2, inputs: 3 }),
    row("b", { inputs: null }),
    row("c10", { score: 0.9, similarity: 0.9 }),
    row("c9", { score: 0.5, similarity: 0.9 }),
  ];

  it.each([
    ["similarity", ["c10", "c9", "a", "b"]],
    ["highest", ["c10", "a", "c9", "b"]],
    ["lowest", ["a", "c9", "c10", "b"]],
    ["name", ["a", "b", "c9", "c10"]],
    ["inputs", ["c10", "c9", "a", "b"]],
  ] as const)("by %s keeps equal ones by index and puts what is unknown last", (sort, expected) => {
    expect(keys(sortedRows(rows, sort))).toEqual(expected);
  });
});

describe("choosing a class", () => {
  const known = model({ classes: ["cat", "dog", "ship"] });
  const shown: readonly ShownSubset[] = [
    { key: "class:0", hue: 0 },
    { key: "class:1", hue: 1 },
    { key: "all", hue: 10 },
  ];
  const hues = new Map([["ship", 2]]);

  it("replaces the first and keeps the others with their hues", () => {
    expect(withFirst(shown, "class:2", known, hues)).toEqual([
      { key: "class:2", hue: 2 },
      { key: "class:1", hue: 1 },
      { key: "all", hue: 10 },
    ]);
  });

  it("that is shown already brings it to the front, once", () => {
    expect(keys(withFirst(shown, "class:1", known, hues))).toEqual(["class:1", "all"]);
    expect(withFirst(shown, "class:0", known, hues)).toEqual(shown);
  });

  it("as second replaces the second, in a hue that is free", () => {
    const eleven = model({ classes: Array.from({ length: 11 }, (_, index) => `${index}`) });
    const two = shown.slice(0, 2);
    expect(withSecond(two, "class:10", eleven, new Map([["0", 0]]))).toEqual([
      { key: "class:0", hue: 0 },
      { key: "class:10", hue: 1 },
    ]);
    expect(keys(withSecond(shown, "class:2", known, hues))).toEqual(["class:0", "class:2", "all"]);
    expect(keys(withSecond([], "class:2", known, hues))).toEqual(["class:2"]);
  });

  it("as second takes away one that is shown, but never the last", () => {
    expect(keys(withSecond(shown, "class:0", known, hues))).toEqual(["class:1", "all"]);
    const last = shown.slice(0, 1);
    expect(withSecond(last, "class:0", known, hues)).toEqual(last);
  });
});
