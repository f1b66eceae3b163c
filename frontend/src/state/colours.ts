/** The hue of a subset that is shown. */

import { hueColour } from "../model/color";
import * as state from "./store";

/** The colour of a shown subset; null when it is not shown. */
export function subsetColour(key: string): string | null {
  const shown = state.subsets.value?.find((subset) => subset.key === key);
  return shown ? hueColour(shown.hue, state.theme.value) : null;
}
