/** What is said of layers, maps and instances, in words. */

import { short } from "../../model/format";
import { instanceName } from "../../model/instances";
import { className, shownName } from "../../model/names";
import type { StatisticId } from "../../model/statistics";
import type { Confusion } from "../../state/shared";
import { type Facts, guess } from "./colouring";
import type { LayerQuality } from "./maps";
import type { SideFacts } from "./scene";

const METHODS: Readonly<Record<string, string>> = {
  pivot_mds: "PivotMDS",
  umap: "UMAP",
  aligned_umap: "AlignedUMAP",
};

export const methodName = (method: string): string => METHODS[method] ?? shownName(method);

/** A share such as `.93`; a dash where it is not known. */
export const share = (value: number): string =>
  Number.isNaN(value) ? "–" : value.toFixed(2).replace(/^(−|-)?0\./, "$1.");

/** Below this (λ₂ − λ₃) / λ₂ a map's second axis is as good as another one. */
const ARBITRARY = 0.05;

/** Under a small picture. */
export const qualityShort = ({ stress, trustworthiness }: LayerQuality): string =>
  [
    Number.isNaN(stress) ? "" : `stress ${share(stress)}`,
    Number.isNaN(trustworthiness) ? "" : `trust. ${share(trustworthiness)}`,
  ]
    .filter(Boolean)
    .join(" · ");

/** How far a map can be trusted. */
export const qualityLines = (quality: LayerQuality): readonly string[] =>
  qualityParts(quality).map(({ text }) => text);

/** A number in words, and the statistic that it is. */
export interface QualityPart {
  readonly of: StatisticId | null;
  readonly text: string;
}

/** The same with the statistics. */
export function qualityParts(quality: LayerQuality): readonly QualityPart[] {
  const { stress, trustworthiness, continuity, preservation, mirrored, residual, spread } = quality;
  const known = (of: StatisticId, value: number, text: string): readonly QualityPart[] =>
    Number.isNaN(value) ? [] : [{ of, text }];
  return [
    { of: null, text: methodName(quality.method) },
    ...known("stress", stress, `stress ${share(stress)}`),
    ...known("trustworthiness", trustworthiness, `trustworthiness ${share(trustworthiness)}`),
    ...known("continuity", continuity, `continuity ${share(continuity)}`),
    ...known("preservation", preservation, `neighbours kept ${share(preservation)}`),
    ...known("residual", residual, `residual ${short(residual, 2)}`),
    ...(mirrored ? [{ of: null, text: "mirrored" }] : []),
    ...known("axis", spread < ARBITRARY ? spread : Number.NaN, "second axis arbitrary"),
  ];
}

/** The measures in short, for a title. */
export const QUALITY_HELP =
  "stress: distances on the map against those of the full activations, 0 is best; " +
  "trustworthiness, continuity, neighbours kept: of the 15 nearest neighbours, 1 is best; " +
  "residual: RMS distance to the reference map after alignment; " +
  "second axis arbitrary: the third explains as much variance";

/** Where and when a side is: `A: plain · step 80`. */
export const sideTitle = ({ place, model, now }: SideFacts): string =>
  `${place}: ${model.run} · step ${now.answer.meta.step.toLocaleString("en")}`;

/** The stop at a place, or the two that it is between and how far. */
export function placeText(place: number, name: (stop: number) => string): string {
  const [from, way] = [Math.floor(place), Math.round(100 * (place - Math.floor(place)))];
  if (way === 0) return name(from);
  return way === 100 ? name(from + 1) : `${name(from)} → ${name(from + 1)} ${way} %`;
}

/** What a person reads of an instance. */
export interface Described {
  readonly name: string;
  readonly truth: string | null;
  readonly said: { readonly name: string; readonly probability: string } | null;
  readonly isWrong: boolean;
  /** Its class and the one that it is predicted as, where that is another. */
  readonly confusion: Confusion | null;
}

export function described(
  instance: number,
  { model, instances, predictions }: Pick<Facts, "model" | "instances" | "predictions">,
): Described {
  const label = instances[instance]?.label ?? -1;
  const found = guess(predictions, instance);
  return {
    name: instanceName(instances, instance),
    truth: label >= 0 ? className(model, label) : null,
    said: found && {
      name: className(model, found.label),
      probability: share(found.probability),
    },
    isWrong: label >= 0 && found !== null && found.label !== label,
    confusion: label >= 0 && found && found.label !== label ? [label, found.label] : null,
  };
}
