/** An attribution graph as tables: its nodes by row and place, and its edges. */

import type { Cell, Table } from "../../plot/csv";
import type { Layout } from "./layout";
import { inRow } from "./paths";
import { isMatched, type Scene, type SceneNode, unitLabel } from "./scene";
import { type GraphedSubject, nameOf, sideName } from "./subjects";

const OF_NODES = ["rank", "count", "share", "importance", "lift"] as const;
const HEADS = {
  rank: "PageRank",
  count: "count",
  share: "share",
  importance: "importance",
  lift: "PageRank lift",
} as const;

/** The nodes in sight, from the output down and from left to right. */
export function orderedNodes(scene: Scene, layout: Layout): readonly SceneNode[] {
  return scene.rows.flatMap((_, row) =>
    inRow(scene, layout, row).flatMap((key) => scene.nodes.get(key) ?? []),
  );
}

/** `headOf` says what the columns of a subject begin with. */
export function nodeTable(
  scene: Scene,
  layout: Layout,
  subjects: readonly GraphedSubject[],
  headOf: (subject: GraphedSubject) => string,
): Table {
  const compared = subjects.length > 1;
  const columns = subjects.flatMap((subject) =>
    OF_NODES.map((column) => `${headOf(subject)}: ${HEADS[column]}`),
  );
  return {
    head: ["layer", "unit", "name", ...(compared ? ["in"] : []), ...columns],
    rows: orderedNodes(scene, layout).map((one) => [
      one.layer.name,
      labelOf(one, scene),
      nameOf(one, subjects) ?? "",
      ...(compared ? [sideName(one.node.side, subjects)] : []),
      ...subjects.flatMap((_, place) =>
        OF_NODES.map((column) => one.node[column][place] ?? Number.NaN),
      ),
    ]),
  };
}

export function edgeTable(
  scene: Scene,
  subjects: readonly GraphedSubject[],
  headOf: (subject: GraphedSubject) => string,
): Table {
  const compared = subjects.length > 1;
  const end = (key: string): Cell[] => {
    const node = scene.nodes.get(key);
    return node ? [node.layer.name, labelOf(node, scene), nameOf(node, subjects) ?? ""] : [];
  };
  return {
    head: [
      ...["producer layer", "producer", "producer name"],
      ...["consumer layer", "consumer", "consumer name", "kind"],
      ...(compared ? ["in"] : []),
      ...subjects.map((subject) => `${headOf(subject)}: weight`),
      ...(compared ? ["change"] : []),
    ],
    rows: scene.edges.map(({ edge, from, to }) => {
      const weights = subjects.map((_, place) => edge.weight[place] ?? Number.NaN);
      const [a = Number.NaN, b = Number.NaN] = weights;
      return [
        ...end(from),
        ...end(to),
        edge.kind,
        ...(compared ? [sideName(edge.side, subjects)] : []),
        ...weights,
        ...(compared ? [Number((b - a).toPrecision(12))] : []),
      ];
    }),
  };
}

const labelOf = (node: SceneNode, { graph }: Scene): string => unitLabel(node, isMatched(graph));

/** For files: a subject with where and when. */
export const wholeName = ({ name, found }: GraphedSubject): string =>
  `${name} (${found.run}, step ${found.step})`;
