/** Nothing is asked while the tab is out of sight, and nothing that was shown is lost meanwhile. */

import { useRef } from "preact/hooks";
import type { UnitId } from "../api/types";
import * as state from "./store";

export const sameUnit = (one: UnitId, other: UnitId): boolean =>
  one.layer === other.layer && one.unit === other.unit;

/** The key of a question, as it was when the tab was last in sight. */
export function useSeen(key: string | null): string | null {
  const seen = useRef<string | null>(null);
  if (state.visible.value) seen.current = key;
  return seen.current;
}
