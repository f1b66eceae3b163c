/** Adversarial strips as a person reads them: of which image, towards what, and what came of it. */

import type { Model } from "../../api/schema";
import type { Strip, StripSummary, UnitId } from "../../api/types";
import { pixelText, short } from "../../model/format";
import { className, shownName } from "../../model/names";
import { unitTitle } from "../../state/unitNames";

/** The strips of one image at one step. */
export interface StripGroup
  extends Pick<StripSummary, "step" | "name" | "hash" | "instance" | "label"> {
  readonly key: string;
  readonly strips: readonly StripSummary[];
}

/** Strips by image, in the order in which the images come first. */
export function groupsOf(strips: readonly StripSummary[]): readonly StripGroup[] {
  const groups = new Map<string, StripSummary[]>();
  for (const strip of strips) {
    const { step, hash, instance, name } = strip;
    const key = JSON.stringify([step, hash, instance, instance < 0 ? name : ""]);
    groups.set(key, [...(groups.get(key) ?? []), strip]);
  }
  return [...groups].flatMap(([key, own]) => {
    const [first] = own;
    if (!first) return [];
    const { step, name, hash, instance, label } = first;
    return [{ key, step, name, hash, instance, label, strips: own }];
  });
}

/** The strip that was asked for, else the first of an instance that is chosen, else the first. */
export function chosenStrip(
  strips: readonly StripSummary[],
  wanted: string | null,
  instances: readonly number[],
): StripSummary | null {
  return (
    strips.find(({ id }) => id === wanted) ??
    strips.find(({ instance }) => instances.includes(instance)) ??
    strips[0] ??
    null
  );
}

export type Target =
  | { readonly kind: "class"; readonly index: number }
  | ({ readonly kind: "unit" } & UnitId);

/** What a strip goes towards: `class:3`, or `unit:62/features.3`. */
export function targetOf({ target }: Pick<StripSummary, "target">): Target {
  const unit = /^unit:(\d+)\/(.*)$/s.exec(target);
  if (unit) return { kind: "unit", unit: Number(unit[1]), layer: unit[2] ?? "" };
  return { kind: "class", index: Number(/^class:(\d+)$/.exec(target)?.[1] ?? -1) };
}

export function targetName(model: Model, strip: Pick<StripSummary, "target">): string {
  const target = targetOf(strip);
  if (target.kind === "class") return className(model, target.index);
  return `${unitTitle(model, target)} of ${shownName(target.layer)}`;
}

/** From which step on the target is predicted; a unit never is. */
export function flipText(model: Model, strip: Pick<StripSummary, "target" | "flip">): string {
  if (targetOf(strip).kind === "unit") return "";
  const name = targetName(model, strip);
  if (strip.flip < 0) return `never predicted as ${name}`;
  return strip.flip === 0
    ? `predicted as ${name} from the start`
    : `predicted as ${name} from step ${strip.flip} on`;
}

/** How far a strip goes: the norm that its change keeps within. */
export function radiusText({ norm, radius, smoothing }: StripSummary | Strip): string {
  const bound = `${norm === "l2" ? `‖δ‖₂ ≤ ${short(radius)}` : `‖δ‖∞ ≤ ${pixelText(radius)}`}`;
  return smoothing > 0 ? `${bound}, smoothed over ${Number(smoothing.toPrecision(2))} px` : bound;
}

/** `airplane, predicted as horse .71`; `airplane .93` where the model is right. */
export function headingOf(model: Model, strip: Strip): string {
  const taken = strip.frames[0]?.prediction ?? -1;
  const probability = strip.curve.probability[strip.classes.indexOf(taken)]?.[0];
  const sure = probability === undefined ? "" : ` ${probabilityText(probability)}`;
  if (strip.label < 0) return `predicted as ${className(model, taken)}${sure}`;
  const label = className(model, strip.label);
  return strip.label === taken
    ? `${label}${sure}`
    : `${label}, predicted as ${className(model, taken)}${sure}`;
}

/** A probability in two digits, `.71`; near the ends `<.01` and `>.99`. */
export function probabilityText(probability: number): string {
  if (!Number.isFinite(probability)) return "–";
  if (probability > 0 && probability < 0.005) return "<.01";
  if (probability < 1 && probability >= 0.995) return ">.99";
  return probability.toFixed(2).replace(/^0/, "");
}
