import { describe, expect, it } from "vitest";
import { reportTable } from "./savableReport";
import { area, group, report } from "./testing";
import {
  areaTexts,
  beats,
  chosenMeasure,
  columnsOf,
  groupName,
  groupSentence,
  scoreName,
  summary,
} from "./verdicts";

const sentence = (changes: Parameters<typeof group>[0]) => {
  const one = group(changes);
  return groupSentence(report(one), one, "tail");
};
const against = (baseline: ReturnType<typeof area>, mean: ReturnType<typeof area>) =>
  sentence({ auroc: [baseline, mean] });

describe("the sentence about an attack", () => {
  it("says by how much divergence detects it, and that it beats the baseline", () => {
    expect(sentence({})).toBe(
      "PGD L∞ at 0.03: neural divergence over all layers detects it, AUROC .90 [.85, .95]; so do 0 of 2 single layers. It beats max-softmax, .60 [.55, .65]; the intervals do not overlap.",
    );
  });

  it("says so where the baseline is better, and where they cannot be told apart", () => {
    expect(against(area(0.95, 0.9, 0.99), area(0.7, 0.6, 0.8))).toContain(
      "It is beaten by max-softmax, .95 [.90, .99]",
    );
    expect(against(area(0.75, 0.65, 0.85), area(0.7, 0.6, 0.8))).toContain(
      "It does not differ significantly from max-softmax",
    );
  });

  it("says in words that an interval that spans .5 shows no detection", () => {
    expect(against(area(0.6, 0.55, 0.65), area(0.55, 0.45, 0.65))).toContain(
      "neural divergence does not detect it, AUROC .55 [.45, .65].",
    );
  });

  it("says that it points the wrong way below .5", () => {
    expect(against(area(0.6, 0.55, 0.65), area(0.3, 0.2, 0.4))).toContain(
      "neural divergence is reversed",
    );
  });

  it("gives the number instead of an area where there are too few", () => {
    expect(sentence({ enough: false, auroc: null, positives: 12 })).toBe(
      "PGD L∞ at 0.03: too few (n = 12); an AUROC needs 30 inputs on either side.",
    );
  });
});

describe("the sentence about a control", () => {
  const control = { of: "control", name: "benign errors", strength: null, rate: null } as const;

  it("admits that divergence fires there too", () => {
    expect(sentence({ ...control, auroc: [area(0.5, 0.4, 0.6), area(0.86, 0.8, 0.9)] })).toBe(
      "benign errors (no attack): neural divergence also flags this control, AUROC .86 [.80, .90], so it is not specific to attacks; max-softmax does not flag it significantly, AUROC .50 [.40, .60].",
    );
  });

  it("says that it does not fire where it does not", () => {
    expect(sentence({ ...control, auroc: [area(0.4, 0.3, 0.45), area(0.5, 0.45, 0.55)] })).toMatch(
      /^benign errors \(no attack\): neural divergence does not flag it significantly/,
    );
  });
});

describe("the summary", () => {
  const few = group({ enough: false, auroc: null });
  const noise = (strength: number) => group({ of: "control", name: "noise", strength });

  it("counts attacks that are told, better and worse, and names what else fires", () => {
    const worse = group({ auroc: [area(0.9, 0.85, 0.95), area(0.6, 0.55, 0.65)] });
    const none = group({ auroc: [area(0.6, 0.5, 0.7), area(0.5, 0.4, 0.6)] });
    expect(summary(report(group(), worse, none, few, noise(0.1), noise(0.2)), "tail")).toEqual([
      "Neural divergence (tail, mean of all layers) detects 2 of 3 attacks with enough inputs. It beats max-softmax on 1, is beaten on 1, and does not differ significantly on 1.",
      "It also flags controls: noise (0.1, 0.2); max-softmax flags noise (0.1, 0.2). As an attack detector it would raise false alarms there.",
      "1 more has too few inputs on either side.",
    ]);
  });

  it("says which of the two fires on what is no attack", () => {
    const errors = { of: "control", name: "benign errors", strength: null } as const;
    const [high, middle] = [area(0.9, 0.8, 1), area(0.5, 0.4, 0.6)];
    const said = (baseline: typeof high, mean: typeof high) =>
      summary(report(group({ ...errors, auroc: [baseline, mean] })), "tail").slice(1);
    expect(said(middle, high)[0]).toContain("benign errors; max-softmax flags none.");
    expect(said(high, middle)).toEqual([
      "Among the controls, max-softmax flags benign errors; divergence flags none.",
    ]);
    expect(said(middle, middle)).toEqual([]);
  });

  it("claims nothing where nothing has enough inputs", () => {
    expect(summary(report(few), "tail")).toEqual([
      "No attack has the 30 inputs on either side that an AUROC needs.",
    ]);
  });
});

describe("areas", () => {
  it("have bounds that are never rounded onto the line that they lie beside", () => {
    expect(areaTexts(area(0.4996, 0.3, 0.4996))).toEqual([".50 ▼", ".30–.4996"]);
    expect(areaTexts(area(0.93, 0.503, 1))).toEqual([".93 ▲", ".503–1.00"]);
    expect(areaTexts(area(0.55, 0.5, 0.6))).toEqual([".55 ·", ".50–.60"]);
  });

  it("beat another one only with the whole interval", () => {
    expect(beats(area(0.9, 0.8, 1), area(0.7, 0.6, 0.79))).toBe(true);
    expect(beats(area(0.9, 0.8, 1), area(0.7, 0.6, 0.8))).toBe(false);
  });
});

describe("the table", () => {
  const scores = [
    { measure: "energy", layer: "" },
    { measure: "tail", layer: "a" },
    { measure: "robust_z", layer: "" },
    { measure: "tail", layer: "" },
    { measure: "tail", layer: "b" },
  ];
  const mixed = { ...report(), scores };

  it("has baselines first, then all layers of the measure, then each layer", () => {
    expect(columnsOf(mixed, "tail")).toEqual([0, 3, 1, 4]);
    expect(columnsOf(mixed, "robust_z")).toEqual([0, 2]);
    expect(scores.map(scoreName)).toEqual(["energy", "a", "all layers", "all layers", "b"]);
  });

  it("opens with the first measure, or the one that was asked for", () => {
    expect(chosenMeasure(mixed, null)).toBe("tail");
    expect(chosenMeasure(mixed, "robust_z")).toBe("robust_z");
    expect(chosenMeasure(mixed, "energy")).toBe("tail");
  });

  it("tells nothing of a score without an area", () => {
    const one = group({ auroc: [null, null, area(0.9, 0.85, 0.95), null] });
    const lines = reportTable(report(one)).slice(1);
    expect(lines.map((line) => line.at(-1))).toEqual(["", "", "detects", ""]);
    expect(groupSentence(report(one), one, "tail")).toContain("no divergence recorded");
  });

  it("is saved a line a group and score, without areas where there are too few", () => {
    const lines = reportTable(report(group(), group({ enough: false, auroc: null, positives: 3 })));
    expect(lines).toHaveLength(1 + 2 * 4);
    expect(lines[2]).toEqual([
      80,
      "PGD linf",
      "attack",
      0.03,
      0.8,
      100,
      80,
      90,
      "tail",
      "",
      0.9,
      0.85,
      0.95,
      "detects",
    ]);
    expect(lines[5]?.slice(-4)).toEqual([Number.NaN, Number.NaN, Number.NaN, "too few (n = 3)"]);
  });
});

describe("the name of an attack", () => {
  it("says its strength in parts of 255 where it is that, and its norm by its sign", () => {
    expect(groupName(group({ strength: 4 / 255 }))).toBe("PGD L∞ at 4/255");
    expect(groupName(group({ name: "PGD l2", strength: 0.5 }))).toBe("PGD L2 at 0.5");
    expect(groupName(group({ strength: Math.fround(8 / 255) }))).toBe("PGD L∞ at 8/255");
    expect(groupName(group({ strength: 0.06275 }))).toBe("PGD L∞ at 16/255");
  });
});
