import { describe, expect, it } from "vitest";
import type { Metrics } from "../api/types";
import { shareText } from "./format";
import { confusions, scoresAt } from "./scores";

const metrics: Metrics = {
  arrays: {
    inputs: { data: Uint8Array.of(10, 4, 10, 0), shape: [2, 2] },
    correct: { data: Uint8Array.of(5, 4, 9, 0), shape: [2, 2] },
    predicted: { data: Uint8Array.of(), shape: [2, 2] },
    absolute_error: { data: Float32Array.of(20, 2, 10, 0), shape: [2, 2] },
    squared_error: { data: Float32Array.of(), shape: [2, 2] },
    confusion: { data: Uint8Array.of(9, 1, 3, 0), shape: [2, 2] },
    probability: { data: Uint8Array.of(), shape: [2, 0] },
  },
  meta: {
    steps: [0, 40],
    rows: ["class:0", "class:1"],
    total: [14, 10],
    unlabelled: [0, 0],
    mode: "eval",
    step: 40,
  },
};

describe("scores", () => {
  it("are shares of right answers at the step asked for, over all steps", () => {
    const scores = scoresAt(metrics, 45, false);
    expect(scores.get("class:0")).toEqual({ value: 0.9, inputs: 10, history: [0.5, 0.9], at: 1 });
    expect(scoresAt(metrics, 3, false).get("class:1")).toMatchObject({
      value: 1,
      inputs: 4,
      at: 0,
    });
  });

  it("are not a number for a class without inputs", () => {
    expect(scoresAt(metrics, 40, false).get("class:1")?.value).toBeNaN();
  });

  it("are mean absolute errors of a regression", () => {
    expect(scoresAt(metrics, 0, true).get("class:0")?.value).toBe(2);
  });
});

describe("confusion", () => {
  it("with a class counts both directions, and puts the class itself first", () => {
    expect(confusions(metrics, "class:1")).toEqual(
      new Map([
        ["class:0", 4],
        ["class:1", Number.POSITIVE_INFINITY],
      ]),
    );
  });

  it("with any class counts what was not predicted as itself", () => {
    expect(confusions(metrics, null)).toEqual(
      new Map([
        ["class:0", 1],
        ["class:1", 3],
      ]),
    );
  });
});

it("a share has the digits that its inputs support", () => {
  expect([shareText(0.9344, 5), shareText(0.9344, 100), shareText(0.9344, 5000)]).toEqual([
    ".9",
    ".93",
    ".934",
  ]);
  expect([shareText(1, 100), shareText(0, 100), shareText(Number.NaN, 0)]).toEqual([
    "1.00",
    ".00",
    "–",
  ]);
});
