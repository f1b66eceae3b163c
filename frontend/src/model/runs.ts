/** Runs as TensorBoard shows them: their colours, and which of them are chosen there. */

import type { Model } from "../api/schema";
import type { ModelId } from "../api/types";

/** TensorBoard's own palette, in which runs take turns in the order in which it lists them. */
const PALETTE = [
  "#ff7043",
  "#0077bb",
  "#cc3311",
  "#33bbee",
  "#ee3377",
  "#009988",
  "#bbbbbb",
] as const;

/** The colour that a run has in TensorBoard's charts; null where it does not list the run. */
export function runColour(run: string, listed: readonly string[]): string | null {
  const place = listed.indexOf(run);
  return place < 0 ? null : (PALETTE[place % PALETTE.length] ?? null);
}

/** What is chosen in TensorBoard's list of runs. */
export interface RunFilter {
  /** Expressions that a name must match. */
  readonly patterns: readonly string[];
  /** Runs that were ticked or unticked. */
  readonly ticked: Readonly<Record<string, boolean>>;
}

export const NO_FILTER: RunFilter = { patterns: [], ticked: {} };

/** Whether TensorBoard shows a run; an expression that is none counts for nothing, as there. */
export function isKept(run: string, { patterns, ticked }: RunFilter): boolean {
  const matches = (pattern: string) => {
    try {
      return new RegExp(pattern).test(run);
    } catch {
      return true;
    }
  };
  return (!Object.hasOwn(ticked, run) || ticked[run] === true) && patterns.every(matches);
}

/** The run, and the recorder's name unless it is the usual one. */
export function modelName({ run, model }: ModelId): string {
  const name = run === "" ? "." : run;
  return model === "model" ? name : `${name} · ${model}`;
}

/** The same without what all runs begin with, which would leave no room for what tells them apart. */
export function shortModelName(id: ModelId, models: readonly Model[]): string {
  return modelName({ ...id, run: id.run.slice(commonPrefix(models.map(({ run }) => run)).length) });
}

const PARTS = /[/\\_\-. ]/;

/** What all names begin with, up to where a part of a name ends; empty for a single name. */
export function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = [...new Set(names)];
  if (others.length === 0) return "";
  let length = 0;
  while (length < first.length && others.every((name) => name[length] === first[length])) length++;
  while (length > 0 && !PARTS.test(first[length - 1] ?? "")) length--;
  return others.concat(first).some((name) => name.length === length) ? "" : first.slice(0, length);
}
