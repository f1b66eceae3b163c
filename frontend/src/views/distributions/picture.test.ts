import { describe, expect, it } from "vitest";
import { type PanelData, sortSource } from "../../model/histograms/panel";
import { DEAD, sorted, sortValues } from "../../model/histograms/sorting";
import { panel } from "../../model/histograms/testing";
import { columnsOf, keyText, silence } from "./picture";

const SILENT = { place: "A", key: "class:0", zero: [10, 10, 4], counts: [[], [], []] } as const;
const LOUD = { place: "B", key: "class:0", zero: [10, 0, 0], counts: [[], [], []] } as const;

/** A at step 9 against B at step 3, unit by unit. */
function compared(distances: readonly number[], steps: readonly [number, number] = [9, 3]) {
  const data = panel([SILENT, LOUD].map((sketch) => ({ ...sketch, inputs: 10 })));
  const numbers = Float32Array.from(distances);
  return {
    ...data,
    subjects: data.subjects.map((one, at) => ({
      ...one,
      found: { ...one.found, step: steps[at] ?? 0 },
    })),
    divergence: {
      of: 0,
      from: 1,
      wasserstein: numbers,
      ratio: numbers.map(() => 9),
      jensenShannon: numbers,
      kolmogorovSmirnov: numbers,
    },
  } as PanelData;
}

describe("a unit that falls silent", () => {
  it("died where the later record has it 0 on every input, and woke the other way round", () => {
    expect([0, 1, 2].map((unit) => silence(compared([0, 820, 1]), unit))).toEqual([
      null,
      "died",
      null,
    ]);
    expect(silence(compared([0, 820, 1], [3, 9]), 1)).toBe("woke");
    expect(columnsOf(compared([0, 820, 1]), 1)?.distance).toBe("died");
  });

  it("has no distance beyond what a distance can say", () => {
    expect(columnsOf(compared([0, 1, 820]), 2)?.distance).toBe("> 100 σ");
    expect(columnsOf(compared([0, 1, 1.84]), 2)?.distance).toBe("1.8 σ");
  });

  it("is no death between two classes", () => {
    const data = compared([0, 8, 1]);
    const [one, other] = data.subjects;
    if (!one || !other) throw new Error("no subjects");
    expect(silence({ ...data, subjects: [one, { ...other, key: "class:1" }] }, 1)).toBeNull();
  });
});

describe("dead units first", () => {
  const data = { ...compared([0, 0, 0]), dead: new Set([2]) };
  const of = { kind: "subset", place: "A", key: "class:0" } as const;
  const values = sortValues({ by: "dead", of, descending: true }, sortSource(data));

  it("come before those that are 0 on the subset alone, then by the share of zeros", () => {
    expect([...values]).toEqual([1, 1, DEAD]);
    expect(sorted(values, true)).toEqual([2, 0, 1]);
  });

  it("say so in the column", () => {
    expect([...values].map((value) => keyText("dead", value))).toEqual(["100 %", "100 %", "dead"]);
    expect(keyText("dead", Number.NaN)).toBe("–");
    expect(keyText("value", 0.12345)).toBe("0.123");
  });
});
