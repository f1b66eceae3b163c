import { describe, expect, it } from "vitest";
import { anchorAt } from "./Chart";
import { stepAnchor } from "./Strip";

describe("labels under a chart", () => {
  it("end at its right edge and start at its left one, so that 400 is not read as 40", () => {
    expect([2, 150, 287].map((x) => anchorAt(x, 288))).toEqual(["start", "middle", "end"]);
    expect(stepAnchor(280, undefined, 288, "A")).toBe("end");
    expect(stepAnchor(150, undefined, 288, "A")).toBe("middle");
  });

  it("of two snapshots at near steps stand beside each other", () => {
    expect([stepAnchor(100, 120, 288, "A"), stepAnchor(120, 100, 288, "B")]).toEqual([
      "end",
      "start",
    ]);
    expect([stepAnchor(100, 100, 288, "A"), stepAnchor(100, 100, 288, "B")]).toEqual([
      "start",
      "end",
    ]);
  });
});
