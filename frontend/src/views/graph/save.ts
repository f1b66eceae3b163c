/** The attribution graph as a file. */

import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import type { Layout } from "./layout";
import type { Scene } from "./scene";
import type { GraphedSubject } from "./subjects";
import { edgeColumns, nodeColumns, orderedNodes } from "./tables";

export const savableGraph = (
  scene: Scene,
  layout: Layout,
  subjects: readonly GraphedSubject[],
): Savable => ({
  name: "graph",
  tableNames: ["units", "edges"],
  tables: () => [
    sheetOf(nodeColumns(scene, subjects), orderedNodes(scene, layout)),
    sheetOf(edgeColumns(scene, subjects), scene.edges),
  ],
});
