/** What a view shows, in a sentence. */

import type { Model } from "../api/schema";
import type { Moment } from "../api/types";
import { shownName } from "./names";
import type { ShownSubset } from "./shown";

/** `T-shirt`, `T-shirt and Shirt`, `T-shirt, Shirt and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest.toLocaleString("en")} more`] : shown;
  const [last, ...before] = all.toReversed();
  if (last === undefined) return "nothing";
  return before.length > 0 ? `${before.toReversed().join(", ")} and ${last}` : last;
}

/** `run plain, step 400`, with B `run plain, step 400 (A) and run augmented, step 20 (B)`. */
export function where(a: Moment, b: Moment | null): string {
  const one = ({ run, step }: Moment) =>
    `run ${shownName(run || ".")}, step ${step.toLocaleString("en")}`;
  return b ? `${one(a)} (A) and ${one(b)} (B)` : one(a);
}

/** Why these classes are shown, where the page chose them. */
export function reason({ confused }: Model, subsets: readonly ShownSubset[]): string {
  const keys = subsets.map(({ key }) => key);
  const isPair =
    confused?.length === 2 && confused.every((index) => keys.includes(`class:${index}`));
  return isPair && keys.length === 2 ? ", the two classes confused most often" : "";
}
