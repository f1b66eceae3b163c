/** What colour and shape say of each instance. */

import type { Instance, Model } from "../../api/schema";
import type { Predictions } from "../../api/types";
import { DIVERGING, HUES, hueColour, INK, ramp, type Theme } from "../../model/color";
import type { Hues } from "../../model/hues";
import { className, shownName, subsetName } from "../../model/names";
import { GLYPHS, type ShownSubset } from "../../model/shown";
import type { Colouring } from "./options";

/** Instances that look alike. */
export interface Group {
  readonly name: string;
  /** As `#rrggbb`. */
  readonly colour: string;
  /** Index into `GLYPHS`. */
  readonly glyph: number;
  /** Factor on the radius. */
  readonly size: number;
  /** Key of the class that it is. */
  readonly subset?: string;
}

export interface Coloured {
  /** In the order of the legend. */
  readonly groups: readonly Group[];
  /** By instance, index of its group. */
  readonly of: readonly number[];
}

export interface Facts {
  readonly model: Model;
  readonly instances: readonly Instance[];
  /** At the moment that is drawn; null where there are none. */
  readonly predictions: Predictions | null;
  readonly subsets: readonly ShownSubset[];
  /** Of the classes, by name. */
  readonly hues: Hues;
  readonly theme: Theme;
}

const [CIRCLE, CROSS] = [GLYPHS.indexOf("circle"), GLYPHS.indexOf("cross")];
const CONFIDENCES = [0.5, 0.7, 0.9, 0.99] as const;

/** The predicted class and its probability; null where that is not known. */
export function guess(
  predictions: Predictions | null,
  instance: number,
): { readonly label: number; readonly probability: number } | null {
  const { top, probability } = predictions?.arrays ?? {};
  const columns = top?.shape[1] ?? 0;
  const label = top?.data[instance * columns];
  const share = probability?.data[instance * columns];
  return columns === 0 || label === undefined || share === undefined
    ? null
    : { label, probability: share };
}

/** Colours and shapes of all instances. */
export function coloured(by: Colouring, facts: Facts): Coloured {
  const { instances, predictions } = facts;
  switch (by) {
    case "class":
      return grouped(
        instances.map(({ label }) => label),
        (label) => ({
          ...classGroup(label, facts, className(facts.model, label)),
          ...(label >= 0 && { subset: `class:${label}` }),
        }),
      );
    case "prediction":
      return grouped(
        instances.map((_, instance) => guess(predictions, instance)?.label ?? -1),
        (label) =>
          classGroup(label, facts, label < 0 ? "not recorded" : className(facts.model, label)),
      );
    case "correctness":
      return grouped(
        instances.map(({ label }, instance) => verdict(label, guess(predictions, instance))),
        (kind) => verdictGroup(kind, facts.theme),
      );
    case "confidence":
      return grouped(
        instances.map((_, instance) => confidence(guess(predictions, instance)?.probability)),
        (level) => confidenceGroup(level, facts.theme),
      );
    case "slice":
      return sliced(facts);
  }
}

/** Number the kinds in their order and describe each once. */
function grouped(kinds: readonly number[], describe: (kind: number) => Group): Coloured {
  const known = [...new Set(kinds)].sort((one, other) => rank(one) - rank(other));
  const place = new Map(known.map((kind, at) => [kind, at]));
  return { groups: known.map(describe), of: kinds.map((kind) => place.get(kind) ?? 0) };
}

/** What is not known comes last. */
const rank = (kind: number): number => (kind < 0 ? Number.POSITIVE_INFINITY : kind);

/**
 * A class has the hue that it has everywhere, and a shape, so that 30 classes differ in either; of more classes
 * than can be told those alone have a hue that are shown.
 */
function classGroup(label: number, { model, hues, theme }: Facts, name: string): Group {
  if (label < 0) return { name, colour: INK[theme].faint, glyph: CIRCLE, size: 0.8 };
  const hue = hues.get(subsetName(model, `class:${label}`));
  const colour = hue === undefined ? INK[theme].faint : hueColour(hue, theme);
  return { name, colour, glyph: label % GLYPHS.length, size: 1 };
}

const RIGHT = 0;
const WRONG = 1;

const verdict = (label: number, said: ReturnType<typeof guess>): number =>
  label < 0 || !said ? -1 : said.label === label ? RIGHT : WRONG;

function verdictGroup(kind: number, theme: Theme): Group {
  const { more, less } = DIVERGING[theme];
  if (kind === WRONG) return { name: "wrong", colour: more, glyph: CROSS, size: 1.3 };
  if (kind === RIGHT) return { name: "right", colour: less, glyph: CIRCLE, size: 0.8 };
  return { name: "no label or prediction", colour: INK[theme].faint, glyph: CIRCLE, size: 0.6 };
}

const confidence = (probability: number | undefined): number =>
  probability === undefined || Number.isNaN(probability)
    ? -1
    : CONFIDENCES.filter((least) => probability >= least).length;

function confidenceGroup(level: number, theme: Theme): Group {
  if (level < 0) return { name: "not recorded", colour: INK[theme].faint, glyph: CROSS, size: 0.6 };
  const text = (share: number | undefined) => String(share).replace(/^0/, "");
  const name =
    level === CONFIDENCES.length
      ? `≥ ${text(CONFIDENCES.at(-1))}`
      : level === 0
        ? `< ${text(CONFIDENCES[0])}`
        : `${text(CONFIDENCES[level - 1])}–${text(CONFIDENCES[level])}`;
  const share = level / CONFIDENCES.length;
  return { name, colour: ramp(share, theme), glyph: CIRCLE, size: 0.7 + 0.5 * share };
}

/** By the slices that instances are in; of those in none, by what was done to them. */
function sliced({ instances, subsets, theme }: Facts): Coloured {
  const nameOf = ({ slices, note, pair }: Instance) =>
    slices.join(" + ") || note || (pair >= 0 ? "altered" : "");
  const names = [...new Set(instances.map(nameOf))].sort();
  const kinds = instances.map((instance) => names.indexOf(nameOf(instance)));
  return grouped(kinds, (kind) => {
    const name = names[kind] ?? "";
    if (!name) return { name: "in no slice", colour: INK[theme].faint, glyph: CIRCLE, size: 1 };
    const place = kind - Number(names[0] === "");
    const hue = subsets.find(({ key }) => key === `slice:${name}`)?.hue;
    return {
      name: shownName(name),
      colour: hueColour(hue ?? HUES + 1 + place, theme),
      glyph: (place + 1) % GLYPHS.length,
      size: 1,
    };
  });
}
