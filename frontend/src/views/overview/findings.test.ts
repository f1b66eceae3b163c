import { describe, expect, it } from "vitest";
import type { Finding, Findings } from "../../api/schema";
import { model } from "../../model/samples";
import { confusionOf, parts, ranked, rivalOf } from "./findings";

const at = (run: string, step: number) => ({ run, model: "model", step, subset: "all" });

const finding = (changes: Partial<Finding>): Finding => ({
  kind: "class_improved",
  severity: "note",
  sentence: "Class cat improved.",
  subjects: [at("plain", 80)],
  layer: null,
  layers: [],
  units: [],
  unitCount: 0,
  classes: [],
  instances: [],
  instanceCount: 0,
  effect: 0.1,
  low: null,
  high: null,
  scale: "share",
  n: 100,
  p: null,
  q: null,
  churn: null,
  floor: 0.05,
  convention: "",
  next: null,
  link: {
    view: "distributions",
    a: ["plain", "model", 80],
    b: null,
    layers: null,
    subsets: null,
    instances: null,
    unit: null,
    marked: null,
  },
  ...changes,
});

const MANY = Array.from({ length: 99 }, (_, index) => `class ${index}`);

const answer = (...found: Finding[]): Findings => ({
  schema: 1,
  subject: at("plain", 80),
  against: null,
  tested: 3,
  nothing: null,
  findings: found,
});

describe("the order of findings", () => {
  const state = finding({ kind: "dead_units" });
  const since = [at("plain", 80), at("plain", 40)];
  const against = [at("plain", 80), at("other", 80)];

  it("has the gravest first, and takes turns between comparisons", () => {
    const found = ranked([
      answer(
        state,
        finding({ kind: "confusion_healed", subjects: since }),
        finding({ kind: "layers_moved", subjects: since }),
      ),
      answer(
        finding({ kind: "nonfinite", severity: "act" }),
        state,
        finding({ kind: "class_improved", subjects: against }),
      ),
    ]);
    expect(found.map(({ finding: one, about }) => [one.kind, about])).toEqual([
      ["nonfinite", "at step 80"],
      ["confusion_healed", "since step 40"],
      ["class_improved", "against other, step 80"],
      ["dead_units", "at step 80"],
      ["layers_moved", "since step 40"],
    ]);
  });
});

it("a finding's confusion is known by its classes", () => {
  const here = model({ classes: ["cat", "dog", "cat"] });
  expect(confusionOf(finding({ kind: "confusion", classes: ["dog", "cat #2"] }), here)).toEqual([
    1, 2,
  ]);
  expect(confusionOf(finding({ kind: "confusion", classes: ["dog"] }), here)).toBeNull();
  expect(
    confusionOf(finding({ kind: "class_improved", classes: ["dog", "cat"] }), here),
  ).toBeNull();
});

it("the rival is the newest other run with the same classes", () => {
  const here = model();
  const others = [
    model({ run: "old", wallTimes: [1] }),
    model({ run: "new", wallTimes: [9] }),
    model({ run: "photographs", classes: ["goose"], wallTimes: [99] }),
    model({
      run: "one in a thousand",
      classes: [...here.classes.slice(0, 1), ...MANY],
      wallTimes: [99],
    }),
    model({ run: "regression", task: "regression", wallTimes: [99] }),
  ];
  expect(rivalOf([here, ...others], here)?.run).toBe("new");
  expect(rivalOf([here], here)).toBeNull();
});

it("how sure a sentence is stands apart", () => {
  expect(parts("A is b (12 %) (95 % interval 1 to 2 points; q < .001). More.")).toEqual([
    "A is b (12 %)",
    "(95 % interval 1 to 2 points; q < .001)",
    ". More.",
  ]);
  expect(parts("Plain (12 %).")).toEqual(["Plain (12 %).", "", ""]);
});
