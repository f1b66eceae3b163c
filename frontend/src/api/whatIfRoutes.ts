/** One typed function a route about strips, removed units and attacks; see ask.ts for how it is asked. */

import {
  type Argument,
  address,
  arrays,
  json,
  modelArguments,
  momentArguments,
  unitArguments,
} from "./ask";
import type { ModelId, Moment, UnitId } from "./types";
import type {
  Ablation,
  Ablations,
  AttackReport,
  Replacement,
  Saliency,
  Strip,
  StripSummary,
} from "./whatIfTypes";

/** All adversarial strips, newest step first. */
export async function strips(model: ModelId): Promise<readonly StripSummary[]> {
  const found = await json<{ strips: readonly StripSummary[] }>("strips", modelArguments(model));
  return withNaN(found).strips;
}

export async function strip(model: ModelId, id: string): Promise<Strip> {
  return withNaN(await json<Strip>("strip", [...modelArguments(model), ["id", id]]));
}

/** JSON has no numbers that are not finite: every null in what is told of strips stands for one. */
function withNaN<T>(value: T): T {
  if (value === null) return Number.NaN as T;
  if (Array.isArray(value)) return value.map(withNaN) as T;
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, withNaN(of)])) as T;
}

/** Address of a picture of a strip. */
export function stripPicture(model: ModelId, id: string, picture: number): string {
  return address("strip_picture", [
    ...modelArguments(model),
    ["id", id],
    ["picture", String(picture)],
  ]);
}

export function saliency(moment: Moment, instance: number, method: string): Promise<Saliency> {
  const of: Argument[] = [
    ["instance", String(instance)],
    ["method", method],
  ];
  return arrays<Saliency>("saliency", [...momentArguments(moment), ...of], { values: "floats" });
}

/** The units whose removal was measured, by what it does to each class. */
export function ablations(moment: Moment, replacement: Replacement): Promise<Ablations> {
  return json("ablations", [...momentArguments(moment), ["replacement", replacement]]);
}

/** What removing one unit does to each class. */
export function ablation(
  moment: Moment,
  { layer, unit }: UnitId,
  replacement: Replacement,
): Promise<Ablation> {
  return json("ablation", [
    ...momentArguments(moment),
    ["layer", layer],
    ...unitArguments(unit),
    ["replacement", replacement],
  ]);
}

export function attackReport(moment: Moment): Promise<AttackReport> {
  return json("attack_report", momentArguments(moment));
}
