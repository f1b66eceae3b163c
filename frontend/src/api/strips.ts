/** Questions about adversarial strips: their numbers that are not finite come as NaN. */

import { mapped, ofModel, type Request, request } from "./ask";
import type { ModelId, Strip, StripSummary } from "./types";

/** All adversarial strips, newest step first. */
export const strips = (model: ModelId): Request<readonly StripSummary[]> =>
  mapped(request("strips", ofModel(model)), (found) => filled(found.strips) as StripSummary[]);

export const strip = (model: ModelId, id: string): Request<Strip> =>
  mapped(request("strip", { ...ofModel(model), id }), (found) => filled(found) as Strip);

/** JSON has no numbers that are not finite: every null in what is told of strips stands for one. */
function filled(value: unknown): unknown {
  if (value === null) return Number.NaN;
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, filled(of)]));
}
