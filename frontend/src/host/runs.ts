/** What is chosen in TensorBoard's own lists of runs: it keeps that in its address. */

import { NO_FILTER, type RunFilter } from "../model/runs";
import { hostWindow } from "./host";

/** The choice in an address: the expression and the ticks of one list are in the fragment, that of another in the query. */
export function runFilterIn(hash: string, search: string): RunFilter {
  const inHash = new URLSearchParams(hash.replace(/^#/, ""));
  const patterns = [inHash.get("regexInput"), new URLSearchParams(search).get("runFilter")];
  return {
    patterns: patterns.filter((pattern) => pattern !== null && pattern !== "") as string[],
    ticked: ticksIn(inHash.get("runSelectionState")),
  };
}

export function readRunFilter(): RunFilter {
  const { hash, search } = hostWindow().location;
  return runFilterIn(hash, search);
}

/** Whether each run that somebody pressed is ticked, out of the encoded JSON in the fragment. */
function ticksIn(text: string | null): RunFilter["ticked"] {
  try {
    const found: unknown = JSON.parse(atob(text ?? ""));
    if (typeof found !== "object" || found === null) return NO_FILTER.ticked;
    return Object.fromEntries(
      Object.entries(found).filter(([, ticked]) => typeof ticked === "boolean"),
    );
  } catch {
    return NO_FILTER.ticked;
  }
}
