/** The attribution graph as a file. */

import type { Savable } from "../../plot/saving";
import type { Layout } from "./layout";
import type { Scene } from "./scene";
import type { GraphedSubject } from "./subjects";
import { edgeTable, nodeTable, wholeName } from "./tables";

export const savableGraph = (
  scene: Scene,
  layout: Layout,
  subjects: readonly GraphedSubject[],
): Savable => ({
  name: "graph",
  tables: () =>
    [nodeTable(scene, layout, subjects, wholeName), edgeTable(scene, subjects, wholeName)].map(
      ({ head, rows }) => [head, ...rows],
    ),
});
