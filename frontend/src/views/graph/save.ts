/** The attribution graph as a file. */

import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import type { GraphLayout } from "./layout";
import type { GraphScene } from "./scene";
import type { GraphedSubject } from "./subjects";
import { edgeColumns, nodeColumns, orderedNodes } from "./tables";

export const savableGraph = (
  scene: GraphScene,
  layout: GraphLayout,
  subjects: readonly GraphedSubject[],
): Savable => ({
  name: "graph",
  tableNames: ["units", "edges"],
  tables: () => [
    sheetOf(nodeColumns(scene, subjects), orderedNodes(scene, layout)),
    sheetOf(edgeColumns(scene, subjects), scene.edges),
  ],
});
