/** What an attack report says, in words, whichever way it is. */

import type { Area, AttackGroup, AttackReport, Score, Verdict } from "../../api/schema";
import { pixelText, short } from "../../model/format";

export const BASELINES = ["max_softmax", "margin", "energy"] as const;
/** Inputs that are needed on either side for an area to be shown. */
export const ENOUGH = 30;

const NAMES: Readonly<Record<string, string>> = {
  max_softmax: "max-softmax",
  margin: "margin",
  energy: "energy",
  tail: "tail",
  surprisal: "surprisal",
  robust_z: "robust z",
};

export const measureName = (measure: string): string => NAMES[measure] ?? measure;

const isBaseline = ({ measure }: Score): boolean => BASELINES.some((name) => name === measure);

export function scoreName(score: Score): string {
  if (isBaseline(score)) return measureName(score.measure);
  return score.layer === "" ? "all layers" : score.layer;
}

/** Measures of divergence in a report. */
export const measuresOf = ({ scores }: AttackReport): readonly string[] => [
  ...new Set(scores.filter((score) => !isBaseline(score)).map(({ measure }) => measure)),
];

/** The measure that was asked for, else the first. */
export const chosenMeasure = (report: AttackReport, wanted: string | null): string => {
  const known = measuresOf(report);
  return known.find((measure) => measure === wanted) ?? known[0] ?? "";
};

/** Columns of the table, as places among the scores: baselines, the mean of all layers, each layer. */
export function columnsOf({ scores }: AttackReport, measure: string): readonly number[] {
  const places = scores.map((_, place) => place);
  const of = (wanted: (score: Score) => boolean) =>
    places.filter((place) => wanted(scores[place] as Score));
  return [
    ...of(isBaseline),
    ...of((score) => !isBaseline(score) && score.measure === measure && score.layer === ""),
    ...of((score) => !isBaseline(score) && score.measure === measure && score.layer !== ""),
  ];
}

/** A sign beside an area, so that its colour is not the only one. */
const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = {
  detects: "▲",
  reversed: "▼",
  none: "·",
};

const areaText = (area: number | null): string => area?.toFixed(2).replace(/^0/, "") ?? "–";

/** A bound of an area's interval: two digits, more where it would be rounded onto .5, where it does not lie. */
function boundText(bound: number | null): string {
  if (bound === null) return "–";
  const told = (digits: number) => bound === 0.5 || Number(bound.toFixed(digits)) !== 0.5;
  return bound.toFixed([2, 3, 4].find(told) ?? 5).replace(/^0/, "");
}

/** An area in two digits with the sign of its verdict, and its bounds: `.93 ▲`, `.90–.96`. */
export const areaTexts = ({ value, low, high, verdict }: Area): readonly [string, string] => [
  `${areaText(value)} ${VERDICT_SIGNS[verdict]}`,
  `${boundText(low)}–${boundText(high)}`,
];

/** `.93 [.90, .96]`. */
export const intervalText = ({ value, low, high }: Area): string =>
  `${areaText(value)} [${boundText(low)}, ${boundText(high)}]`;

export const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  detects: "significantly above .5: detected",
  reversed: "significantly below .5: less suspicious than benign inputs",
  none: "not significantly different from .5",
};

/** Whether an attack's strength is a radius in L∞. */
export const isPixelwise = ({ name }: Pick<AttackGroup, "name">): boolean =>
  /linf|fgsm/i.test(name);

const strengthText = (group: AttackGroup, strength: number): string =>
  isPixelwise(group) ? pixelText(strength) : short(strength);

/** Norms in the names of attacks as people write them. */
export const attackName = (name: string): string =>
  name.replace(/\blinf\b/i, "L∞").replace(/\bl2\b/i, "L2");

/** `PGD L∞ at 4/255`, or the name of a control. */
export const groupName = (group: AttackGroup): string =>
  group.strength === null
    ? group.name
    : `${attackName(group.name)} at ${strengthText(group, group.strength)}`;

/** `too few (n = 12)`: the smaller of the two sides. */
export const fewText = ({ positives, negatives }: AttackGroup): string =>
  `too few (n = ${Math.min(positives, negatives)})`;

/** Whether one interval lies wholly above another. */
export const beats = (one: Area, other: Area): boolean =>
  one.low !== null && other.high !== null && one.low > other.high;

interface Compared {
  readonly baseline: Area | null;
  readonly mean: Area | null;
  readonly layers: readonly Area[];
}

/** Of a group: max-softmax, the mean of all layers, and each layer; null where there are too few. */
function compared(report: AttackReport, group: AttackGroup, measure: string): Compared | null {
  const { auroc } = group;
  if (!group.enough || !auroc) return null;
  const of = (name: string, isLayer: boolean) =>
    report.scores.flatMap((score, place) => {
      const area = auroc[place];
      return area && score.measure === name && (score.layer !== "") === isLayer ? [area] : [];
    });
  return {
    baseline: of("max_softmax", false)[0] ?? null,
    mean: of(measure, false)[0] ?? null,
    layers: of(measure, true),
  };
}

/** One sentence a group: what is shown of it, and how divergence compares with max-softmax. */
export function groupSentence(report: AttackReport, group: AttackGroup, measure: string): string {
  const name = groupName(group);
  const found = compared(report, group, measure);
  if (!found) {
    return `${name}: ${fewText(group)}; an AUROC needs ${ENOUGH} inputs on either side.`;
  }
  if (group.of === "control") return controlSentence(name, found);
  const { mean, baseline, layers } = found;
  if (!mean) return `${name}: no divergence recorded.`;
  const telling = layers.filter(({ verdict }) => verdict === "detects").length;
  const share = layers.length ? `; so do ${telling} of ${layers.length} single layers` : "";
  const words = {
    detects: `neural divergence over all layers detects it, AUROC ${intervalText(mean)}`,
    reversed: `neural divergence is reversed, AUROC ${intervalText(mean)}: attacked inputs look more typical than benign ones`,
    none: `neural divergence does not detect it, AUROC ${intervalText(mean)}`,
  }[mean.verdict];
  const above = mean.verdict === "detects" ? share : "";
  return `${name}: ${words}${above}.${baseline ? ` ${comparison(mean, baseline)}` : ""}`;
}

function comparison(mean: Area, baseline: Area): string {
  const other = `max-softmax, ${intervalText(baseline)}`;
  if (beats(mean, baseline)) return `It beats ${other}; the intervals do not overlap.`;
  if (beats(baseline, mean)) return `It is beaten by ${other}; the intervals do not overlap.`;
  return `It does not differ significantly from ${other}; the intervals overlap.`;
}

function controlSentence(name: string, { mean, baseline }: Compared): string {
  const fires = (what: string, area: Area | null) => {
    if (!area) return [];
    const words = {
      detects: `${what} also flags this control, AUROC ${intervalText(area)}, so it is not specific to attacks`,
      reversed: `${what} does not flag it, AUROC ${intervalText(area)}`,
      none: `${what} does not flag it significantly, AUROC ${intervalText(area)}`,
    };
    return [words[area.verdict]];
  };
  const parts = [...fires("neural divergence", mean), ...fires("max-softmax", baseline)];
  return `${name} (no attack): ${parts.join("; ")}.`;
}

/** The report in a few sentences: how many attacks are detected, what that is worth, and what was too few. */
export function summary(report: AttackReport, measure: string): readonly string[] {
  const of = (kind: AttackGroup["of"]) => report.groups.filter((group) => group.of === kind);
  const attacks = of("attack").map((group) => compared(report, group, measure));
  const told = attacks.filter((found): found is Compared => found !== null);
  const few = attacks.length - told.length;
  const count = (wanted: (mean: Area, baseline: Area | null) => boolean) =>
    told.filter(({ mean, baseline }) => mean && wanted(mean, baseline)).length;
  const detected = count(({ verdict }) => verdict === "detects");
  const better = count((mean, baseline) => baseline !== null && beats(mean, baseline));
  const worse = count((mean, baseline) => baseline !== null && beats(baseline, mean));
  const fired = (score: "mean" | "baseline") =>
    of("control").filter(
      (group) => compared(report, group, measure)?.[score]?.verdict === "detects",
    );
  const name = measureName(measure);
  return [
    ...(told.length
      ? [
          `Neural divergence (${name}, mean of all layers) detects ${detected} of ${told.length} attacks with enough inputs. It beats max-softmax on ${better}, is beaten on ${worse}, and does not differ significantly on ${told.length - better - worse}.`,
        ]
      : [`No attack has the ${ENOUGH} inputs on either side that an AUROC needs.`]),
    ...falseAlarms(fired("mean"), fired("baseline")),
    ...(told.length && few
      ? [`${few} more ${few === 1 ? "has" : "have"} too few inputs on either side.`]
      : []),
  ];
}

function falseAlarms(
  mean: readonly AttackGroup[],
  baseline: readonly AttackGroup[],
): readonly string[] {
  if (mean.length + baseline.length === 0) return [];
  if (mean.length === 0)
    return [`Among the controls, max-softmax flags ${named(baseline)}; divergence flags none.`];
  const other = baseline.length ? `max-softmax flags ${named(baseline)}` : "max-softmax flags none";
  return [
    `It also flags controls: ${named(mean)}; ${other}. As an attack detector it would raise false alarms there.`,
  ];
}

/** Groups by name, with the strengths of each: `benign errors, noise (0.1, 0.2)`. */
function named(groups: readonly AttackGroup[]): string {
  const strengths = new Map<string, string[]>();
  for (const group of groups) {
    const { strength } = group;
    const name = attackName(group.name);
    const known = strengths.get(name) ?? [];
    strengths.set(name, strength === null ? known : [...known, strengthText(group, strength)]);
  }
  return [...strengths]
    .map(([name, all]) => (all.length ? `${name} (${all.join(", ")})` : name))
    .join(", ");
}
