import { describe, expect, it } from "vitest";
import type { Predictions } from "../api/types";
import { type Filter, groupsOf, predictionsOf } from "./instances";
import { instance } from "./samples";

const floats = (...values: number[]) => ({
  data: Float32Array.from(values),
  shape: [values.length],
});

const predictions: Predictions = {
  arrays: {
    top: { data: Uint8Array.of(0, 1, 1, 0, 1, 0, 1, 0), shape: [4, 2] },
    probability: { data: Float32Array.of(0.91, 0.09, 0.57, 0.43, 0.8, 0.2, 1, 0), shape: [4, 2] },
    label_probability: floats(),
    energy: floats(),
    margin: floats(),
    outputs: floats(),
  },
  meta: { step: 0 },
};

const people = [
  instance({ name: "tabby", label: 0 }),
  instance({ name: "tabby, one pixel", label: 0, pair: 0, note: "one-pixel attack" }),
  instance({ name: "rex", label: 0 }),
  instance({ name: "unknown", label: -1 }),
];

const said = predictionsOf(predictions);

const listed = (filter: Filter, search = "", shown: readonly number[] = []) =>
  groupsOf(people, {
    filter,
    search,
    said,
    shown: new Set(shown),
    className: (index) => ["cat", "dog"][index] ?? "",
  });

describe("the list of instances", () => {
  it("begins with pairs, benign before altered, then the others in order", () => {
    expect(listed("all")).toEqual([[0, 1], [2], [3]]);
  });

  it("finds errors, also one half of a pair, and never an unlabelled instance", () => {
    expect(listed("errors")).toEqual([[0, 1], [2]]);
  });

  it("finds pairs, and what is shown", () => {
    expect(listed("pairs")).toEqual([[0, 1]]);
    expect(listed("shown", "", [1, 3])).toEqual([[0, 1], [3]]);
  });

  it("is searched by name, note, true class and predicted class in any case", () => {
    expect(listed("all", "REX")).toEqual([[2]]);
    expect(listed("all", "one-pixel")).toEqual([[0, 1]]);
    expect(listed("all", "cat")).toEqual([[0, 1], [2]]);
    expect(listed("all", "dog")).toEqual([[0, 1], [2], [3]]);
    expect(listed("all", "nobody")).toEqual([]);
  });
});

describe("predictions", () => {
  it("give the most probable class and its probability", () => {
    expect(said(0)).toEqual({ label: 0, text: ".91" });
    expect(said(1)).toEqual({ label: 1, text: ".57" });
    expect(said(3)).toEqual({ label: 1, text: "1.00" });
  });

  it("are none where the task has no classes or the instance is not there", () => {
    const none = { ...predictions.arrays, top: { data: new Uint8Array(0), shape: [4, 0] } };
    expect(predictionsOf({ ...predictions, arrays: none })(0)).toBeNull();
    expect(predictionsOf(null)(0)).toBeNull();
    expect(said(99)).toBeNull();
  });
});
