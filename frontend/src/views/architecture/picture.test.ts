import { describe, expect, it } from "vitest";
import type { Subject } from "../../api/types";
import { model } from "../../model/samples";
import { questionOf } from "./picture";

const known = model({ steps: [0, 40, 80] });
const at = (step: number, subset: string, run = "plain"): Subject => ({
  run,
  model: "model",
  step,
  subset,
});
const asked = (one: Subject, other: Subject) =>
  questionOf("divergence", null, one, other, known)?.subjects;

describe("what is asked of all steps", () => {
  it("is the same whatever step two subsets of A are compared at", () => {
    expect(asked(at(80, "class:0"), at(80, "class:1"))).toEqual(
      asked(at(40, "class:0"), at(40, "class:1")),
    );
  });

  it("keeps a pinned step of A's own run apart from the one that moves", () => {
    for (const pinned of known.steps) {
      const [one, other] =
        asked(at(80, "class:0"), at(pinned === 80 ? 40 : pinned, "class:0")) ?? [];
      expect(one?.step).not.toBe(other?.step);
      expect(other?.step).toBe(pinned === 80 ? 40 : pinned);
    }
  });

  it("leaves another run at its step", () => {
    expect(asked(at(80, "class:0"), at(70, "class:0", "slow"))?.[1]).toEqual(
      at(70, "class:0", "slow"),
    );
  });

  it("counts change alone from a step, and asks nothing for no colour", () => {
    const of = (shade: "change" | "dead" | "none" | "divergence") =>
      questionOf(shade, 40, undefined, undefined, known);
    expect(of("change")?.since).toBe(40);
    expect(of("dead")?.since).toBeNull();
    expect([of("none"), of("divergence")]).toEqual([null, null]);
  });
});
