/** The hues of what is shown, and of all classes in views that show them all. */

import { useEffect } from "preact/hooks";
import type { Model } from "../api/schema";
import { hueColour } from "../model/color";
import { type Hues, huesOfAll, NO_HUES } from "../model/hues";
import * as state from "./store";

/** The colour of a shown subset; null when it is not shown. */
export function subsetColour(key: string): string | null {
  const shown = state.subsets.value?.find((subset) => subset.key === key);
  return shown ? hueColour(shown.hue, state.theme.value) : null;
}

/** Hues of the classes by name, for a view of all of them, which they keep from then on; none of too many. */
export function useHuesOfAll(model: Model): Hues {
  const hues = state.hues.value ?? NO_HUES;
  const all = huesOfAll(hues, state.subsets.value ?? [], model);
  const isNew = [...all].some(([name, hue]) => hues.get(name) !== hue);
  useEffect(() => {
    if (isNew) state.choose({ hues: all });
  }, [isNew, all]);
  return all;
}
