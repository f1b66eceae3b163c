import { describe, expect, it } from "vitest";
import type { Metrics } from "../../api/types";
import { model } from "../../model/samples";
import { confusedOf, overall, valueAt, wilson } from "./learning";

const counts = (data: readonly number[], shape: readonly number[]) => ({
  data: Uint32Array.from(data),
  shape,
});
const floats = (data: readonly number[], shape: readonly number[]) => ({
  data: Float32Array.from(data),
  shape,
});

/** Three classes at two steps; the confusion is of the second one. */
function metrics(changes: Partial<Metrics["meta"]> = {}): Metrics {
  const nothing = floats(Array(6).fill(Number.NaN), [2, 3]);
  return {
    arrays: {
      inputs: counts([10, 20, 30, 10, 20, 30], [2, 3]),
      correct: counts([1, 2, 3, 6, 17, 29], [2, 3]),
      predicted: counts([0, 0, 0, 9, 20, 31], [2, 3]),
      absolute_error: nothing,
      squared_error: nothing,
      confusion: counts([6, 3, 1, 2, 17, 1, 1, 0, 29], [3, 3]),
      probability: counts([], [3, 0]),
    },
    meta: {
      steps: [0, 40],
      rows: ["class:0", "class:1", "class:2"],
      total: [60, 60],
      unlabelled: [0, 0],
      step: 40,
      mode: "eval",
      ...changes,
    },
  };
}

describe("how good a model is", () => {
  it("is the share of all inputs, at each step", () => {
    const curve = overall(metrics(), "multiclass");
    expect(curve.values).toEqual([6 / 60, 52 / 60]);
    expect(valueAt(curve, 39)).toEqual({ at: 0, step: 0, value: 0.1, n: 60 });
  });

  it("has Wilson's interval", () => {
    const [low, high] = wilson(0.9, 100);
    expect(low).toBeCloseTo(0.8256, 4);
    expect(high).toBeCloseTo(0.9448, 4);
    expect(wilson(0, 20)[0]).toBe(0);
  });
});

describe("confusions", () => {
  const here = model({ classes: ["cat", "dog", "ship"] });

  it("are listed by how often they occur, with names and inputs", () => {
    const found = confusedOf(here, metrics(), null, 2);
    expect(found.map(({ names, count, inputs }) => [...names, count, inputs])).toEqual([
      ["cat", "dog", 3, 10],
      ["dog", "cat", 2, 20],
    ]);
    expect(found[0]?.before).toBeNull();
  });

  it("are compared with those of a run that counts its classes otherwise", () => {
    const there = model({ run: "other", classes: ["ship", "dog", "cat"] });
    const [first] = confusedOf(here, metrics(), { model: there, metrics: metrics() }, 1);
    expect(first?.before).toEqual({ count: 0, inputs: 30 }); // cat is class 2 there
  });
});
