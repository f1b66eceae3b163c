import { describe, expect, it } from "vitest";
import type { Ablation, Ablations, AblationsOf } from "../../api/schema";
import { model } from "../../model/samples";
import { sheetOf } from "../../plot/columns";
import { ablationColumns } from "./RemovalTable";
import {
  accuracyText,
  agreement,
  changes,
  changeText,
  chosenSubset,
  ordered,
  removalSentence,
  takenText,
} from "./removal";

const row = (
  layer: string,
  unit: number,
  predicted: number | null,
  measured: number,
  correctAfter: number,
): Ablation => ({
  layer,
  unit,
  predicted,
  measured,
  inputs: 64,
  correct: 60,
  correctAfter,
  takenFor: unit === 7 ? 1 : null,
});
const rows = [
  row("classifier.1", 7, 2, 2.5, 50),
  row("features.3", 9, 3, 1, 58),
  row("features.3", 2, null, -0.5, 61),
];
const cat: AblationsOf = { subset: "class:0", inputs: 64, correct: 60, rows };
const found: Ablations = {
  step: 80,
  replacement: "mean",
  replacements: ["mean"],
  subsets: [cat, { ...cat, subset: "class:2" }],
};
const units = (order: Parameters<typeof ordered>[2], layer: string | null = null) =>
  ordered(rows, layer, order, ["features.3", "classifier.1"]).map(({ unit }) => unit);

describe("the class whose units are removed", () => {
  it("is the one asked for, else the first shown one that was measured, else the first", () => {
    expect(chosenSubset(found, "class:2", [])?.subset).toBe("class:2");
    expect(chosenSubset(found, "class:9", ["class:1", "class:2"])?.subset).toBe("class:2");
    expect(chosenSubset(found, null, ["class:1"])?.subset).toBe("class:0");
    expect(chosenSubset({ ...found, subsets: [] }, null, [])).toBeNull();
  });
});

describe("removed units", () => {
  it("are sorted by what is asked, unknown predictions last", () => {
    expect(units("measured")).toEqual([7, 9, 2]);
    expect(units("predicted")).toEqual([9, 7, 2]);
    expect(units("error")).toEqual([9, 7, 2]);
    expect(units("accuracy")).toEqual([7, 9, 2]);
    expect(units("unit")).toEqual([2, 9, 7]);
  });

  it("are those of the chosen layer", () => {
    expect(units("measured", "features.3")).toEqual([9, 2]);
  });

  it("change a logit the other way than it falls", () => {
    expect([2.04, -0.3, 0, 0.001, null].map(changeText)).toEqual(["−2.04", "+0.30", "0", "0", "–"]);
    const [low, high] = changes(rows);
    expect([low, high].map((end) => Number(end.toFixed(2)))).toEqual([-3.14, 0.64]);
    expect(changes([])).toEqual([0, 1]);
  });

  it("tell the accuracy before and after, and the most gained class", () => {
    expect(rows.map(accuracyText)).toEqual([".94 → .78", ".94 → .91", ".94 → .95"]);
    expect(takenText(model(), 1)).toBe("dog");
    expect(takenText(model(), null)).toBe("–");
    expect(removalSentence(model(), cat, "zero")).toBe(
      "cat: 64 inputs, 94 % of them predicted correctly. One unit at a time is replaced by zero. 3 ablations were measured: the largest predicted effects, and any that were asked for.",
    );
  });
});

it("a class of few inputs says so", () => {
  expect(removalSentence(model(), { ...cat, inputs: 12 }, "mean")).toContain("12 inputs (few)");
  const unlabelled = removalSentence(model({ recorded: {} }), cat, "zero");
  expect(unlabelled).toContain("64 inputs without labels that are predicted as cat.");
  expect(unlabelled).not.toContain("correctly");
});

describe("agreement", () => {
  it("is Pearson's correlation of what is known of both", () => {
    // numpy.corrcoef([1, 2, 4, 7], [2, 1, 5, 6])[0, 1]
    const pairs = [
      [1, 2],
      [2, 1],
      [4, 5],
      [7, 6],
    ].map(([predicted = 0, measured = 0], unit) => row("fc", unit, predicted, measured, 0));
    expect(agreement([...pairs, row("fc", 9, null, 100, 0)])).toBeCloseTo(0.8997354, 6);
  });

  it("is not told of fewer than three units", () => {
    expect(agreement(rows)).toBeNaN();
  });
});

describe("saved removals", () => {
  it("have the sign of the change and the inputs behind each share", () => {
    const [head = [], first, , last] = sheetOf(ablationColumns(model(), found, cat), rows);
    expect(Object.fromEntries(head.map((name, at) => [name, first?.[at]]))).toEqual({
      step: 80,
      class: "cat",
      "replaced by": "mean",
      layer: "classifier.1",
      unit: 7,
      name: "unit 7",
      "predicted change of logit": -2,
      "measured change of logit": -2.5,
      inputs: 64,
      "correct before": 60,
      "correct after": 50,
      "most gained class": "dog",
    });
    expect(last?.[head.indexOf("predicted change of logit")]).toBeNaN();
  });
});
