/** An attribution graph as tables: its nodes by row and place, and its edges. */

import type { Side } from "../../api/schema";
import type { Column, Columns } from "../../plot/columns";
import type { Cell } from "../../plot/csv";
import type { GraphLayout } from "./layout";
import { inRow } from "./paths";
import { type GraphScene, isMatched, type SceneEdge, type SceneNode, unitLabel } from "./scene";
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
export function orderedNodes(scene: GraphScene, layout: GraphLayout): readonly SceneNode[] {
  return scene.rows.flatMap((_, row) =>
    inRow(scene, layout, row).flatMap((key) => scene.nodes.get(key) ?? []),
  );
}

/** Columns of a table of nodes: the page leaves out where and when its subjects are. */
export function nodeColumns(
  scene: GraphScene,
  subjects: readonly GraphedSubject[],
): Columns<SceneNode> {
  return [
    { name: "layer", value: ({ layer }) => layer.name },
    { name: "unit", value: (one) => labelOf(one, scene) },
    { name: "name", value: (one) => nameOf(one, subjects) ?? "" },
    ...inColumn<SceneNode>(subjects, ({ node }) => node.side),
    ...subjects.flatMap((subject, place) =>
      OF_NODES.map(
        (measure): Column<SceneNode> => ({
          ...ofSubject(subject, HEADS[measure]),
          value: ({ node }) => node[measure][place] ?? Number.NaN,
        }),
      ),
    ),
  ];
}

export function edgeColumns(
  scene: GraphScene,
  subjects: readonly GraphedSubject[],
): Columns<SceneEdge> {
  const end = (what: string, which: "from" | "to"): Columns<SceneEdge> => {
    const read = (of: (node: SceneNode) => Cell) => (edge: SceneEdge) => {
      const node = scene.nodes.get(edge[which]);
      return node ? of(node) : "";
    };
    return [
      { name: `${what} layer`, value: read(({ layer }) => layer.name) },
      { name: what, value: read((node) => labelOf(node, scene)) },
      { name: `${what} name`, value: read((node) => nameOf(node, subjects) ?? "") },
    ];
  };
  const weight = ({ edge }: SceneEdge, place: number) => edge.weight[place] ?? Number.NaN;
  const change = (edge: SceneEdge) => Number((weight(edge, 1) - weight(edge, 0)).toPrecision(12));
  return [
    ...end("producer", "from"),
    ...end("consumer", "to"),
    { name: "kind", value: ({ edge }) => edge.kind },
    ...inColumn<SceneEdge>(subjects, ({ edge }) => edge.side),
    ...subjects.map(
      (subject, place): Column<SceneEdge> => ({
        ...ofSubject(subject, "weight"),
        value: (edge) => weight(edge, place),
      }),
    ),
    ...(subjects.length > 1 ? [{ name: "change", value: change }] : []),
  ];
}

/** Whose it is, of two subjects. */
const inColumn = <Row>(
  subjects: readonly GraphedSubject[],
  sideOf: (row: Row) => Side,
): Columns<Row> =>
  subjects.length > 1 ? [{ name: "in", value: (row) => sideName(sideOf(row), subjects) }] : [];

/** In files with where and when the subject is. */
const ofSubject = ({ name, found }: GraphedSubject, what: string) => ({
  name: `${name}: ${what}`,
  file: `${name} (${found.run}, step ${found.step}): ${what}`,
});

const labelOf = (node: SceneNode, { graph }: GraphScene): string =>
  unitLabel(node, isMatched(graph));
