/** The panels of distributions as files. */

import type { Savable } from "../../plot/saving";
import type { Stage } from "./stage";
import { panelTable } from "./tables";

/** What the stages show: units in the order shown. */
export const savablePanels = (stages: readonly Stage[], caption: string): Savable => ({
  name: "distributions",
  caption,
  tables: () =>
    stages.flatMap(({ scene }) =>
      scene ? [panelTable(scene.data, [...scene.layout.pinned, ...scene.layout.body])] : [],
    ),
});
