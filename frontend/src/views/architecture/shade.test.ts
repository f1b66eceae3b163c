import { describe, expect, it } from "vitest";
import type { Row, Series } from "./series";
import {
  countText,
  isNoise,
  marksOf,
  type Numbers,
  type Present,
  scaleOf,
  shadeValueOf,
  shapeText,
  shareOf,
  valueText,
} from "./shade";
import { layer } from "./testing";
import type { Branch } from "./tree";

const row = (values: readonly number[], noise = 0): Row => ({
  values,
  noise: values.map(() => noise),
});

/** Steps 0 and 5; the present one is the last. */
function numbers(rows: Readonly<Record<string, Row>>, reason: string | null = null): Numbers {
  const found = new Map(Object.entries(rows));
  const series: Series = { steps: [0, 5], rows: found, since: null, failure: null };
  const present = [...found].map(([name, { values, noise }]): [string, Present] => [
    name,
    { value: values[1] ?? Number.NaN, noise: noise[1] ?? Number.NaN, reason },
  ]);
  return { series, at: 1, present: new Map(present), failure: null };
}

const block = (...layers: ReturnType<typeof layer>[]): Branch => ({
  kind: "block",
  key: "b.",
  label: "b",
  layers,
  children: [],
});

describe("the number of a block", () => {
  const two = block(layer("b.0", { units: 30 }), layer("b.1", { units: 10 }));

  it("is the mean over all its units, at every step", () => {
    const told = shadeValueOf(two, numbers({ "b.0": row([0, 0.2]), "b.1": row([1, 1]) }));
    expect(told.value).toBeCloseTo((30 * 0.2 + 10) / 40);
    expect(told.history[0]).toBeCloseTo(0.25);
    expect(told.largest).toBe("b.1");
  });

  it("leaves out layers of which nothing is known", () => {
    const told = shadeValueOf(two, numbers({ "b.0": row([Number.NaN, 0.5]) }));
    expect(told.value).toBe(0.5);
    expect(told.history[0]).toBeNaN();
    expect(shadeValueOf(two, numbers({})).value).toBeNaN();
  });

  it("says why it is not known", () => {
    const told = shadeValueOf(two, numbers({ "b.0": row([0, Number.NaN]) }, "no such layer"));
    expect(told.value).toBeNaN();
    expect(told.reason).toBe("no such layer");
  });
});

describe("the scale", () => {
  it("ends at a round number above all values, and without any at 1", () => {
    expect(scaleOf("dead", [0.31, Number.NaN]).top).toBe(0.4);
    expect(scaleOf("divergence", [13.2]).top).toBe(15);
    expect(scaleOf("dead", [0, Number.NaN]).top).toBe(1);
  });

  it("gives values their shares, large changes less than in proportion", () => {
    expect(shareOf(scaleOf("dead", [0.4]), 0.1)).toBeCloseTo(0.25);
    const bent = scaleOf("change", [20]);
    expect(shareOf(bent, 20)).toBe(1);
    expect(shareOf(bent, 2)).toBeGreaterThan(0.3);
    expect(shareOf(bent, Number.NaN)).toBe(0);
    expect(marksOf(bent).map((mark) => shareOf(bent, mark))).toEqual([
      0,
      expect.closeTo(0.53, 1),
      1,
    ]);
  });

  it("knows what is no more than chance", () => {
    const told = shadeValueOf(block(layer("b.0")), numbers({ "b.0": row([0.1, 0.1], 0.15) }));
    expect(isNoise("separability", told)).toBe(true);
    expect(isNoise("dead", told)).toBe(false);
  });
});

describe("words", () => {
  it("round numbers to what can be read", () => {
    expect(valueText("dead", 0.125)).toBe("12.5 %");
    expect(valueText("separability", 0.419)).toBe(".42");
    expect(valueText("change", 2.345)).toBe("2.3 σ");
    expect(valueText("divergence", Number.NaN)).toBe("–");
    expect([999, 12_345, 60_192_808].map(countText)).toEqual(["999", "12.3 k", "60.2 M"]);
  });

  it("leave lengths open that differ from input to input", () => {
    expect(shapeText([-1, 768])).toBe("… × 768");
    expect(shapeText(null)).toBe("");
  });
});
