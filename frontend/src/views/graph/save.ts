/** The attribution graph as a file. */

import type { Theme } from "../../model/color";
import { dataUrl } from "../../model/crop";
import type { Savable } from "../../plot/saving";
import { drawing } from "./drawing";
import type { Layout } from "./layout";
import { LARGEST, type Scene } from "./scene";
import { faceOf, type GraphedSubject } from "./subjects";
import { edgeTable, nodeTable, wholeName } from "./tables";

export function savableGraph(
  scene: Scene,
  layout: Layout,
  subjects: readonly GraphedSubject[],
  theme: Theme,
): Savable {
  return {
    name: "graph",
    tables: () =>
      [nodeTable(scene, layout, subjects, wholeName), edgeTable(scene, subjects, wholeName)].map(
        ({ head, rows }) => [head, ...rows],
      ),
    drawing: () => {
      const pictures = new Map(
        [...scene.nodes.values()].flatMap((node): [string, string][] => {
          const crop = faceOf(node, subjects);
          return crop ? [[node.key, dataUrl(crop, 2 * LARGEST)]] : [];
        }),
      );
      return drawing({ scene, layout, subjects, pictures, theme });
    },
  };
}
