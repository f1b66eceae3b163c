import { architecture } from "./architecture";
import type { View } from "./define";
import { distributions } from "./distributions";
import { graph } from "./graph";
import { overview } from "./overview";
import { projections } from "./projections";
import { whatIf } from "./what-if";

/** All views, in the order of their tabs. */
export const VIEWS: readonly View[] = [
  overview,
  architecture,
  distributions,
  graph,
  projections,
  whatIf,
];
