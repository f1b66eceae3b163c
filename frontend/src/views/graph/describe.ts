/** Nodes and edges in words and numbers: for tips, for screen readers, for tables. */

import type { Graph } from "../../api/schema";
import { percent, rangeText, short } from "../../model/format";
import type { GraphScene, SceneEdge, SceneNode } from "./scene";
import { KINDS, measureText } from "./strength";
import { type GraphedSubject, sideName, titleOf } from "./subjects";

/** What is known of a node, a subject. */
export interface NodeLine {
  readonly subject: GraphedSubject;
  readonly count: string;
  readonly rank: string;
  readonly lift: string;
  readonly importance: string;
}

export function nodeLines(
  { node }: SceneNode,
  subjects: readonly GraphedSubject[],
): readonly NodeLine[] {
  return subjects.map((subject, place) => {
    const [count, share] = [node.count[place] ?? null, node.share[place] ?? null];
    return {
      subject,
      count:
        count === null || share === null
          ? "–"
          : `${count.toLocaleString("en")} of ${subject.found.inputs.toLocaleString("en")} · ${percent(share)}${rangeText(node.shareLow[place], node.shareHigh[place], percent)}`,
      rank: shareText(node.rank[place]),
      lift: numberText(node.lift[place], "×"),
      importance: numberText(node.importance[place]) + errorText(node.importanceError[place]),
    };
  });
}

/** ` ± 0.03`, a standard error; nothing where it is not known. */
const errorText = (error: number | null | undefined): string =>
  error == null ? "" : ` ± ${short(error, 2)}`;

const shareText = (value: number | null | undefined): string =>
  value == null ? "–" : percent(value);

const numberText = (value: number | null | undefined, before = ""): string =>
  value == null ? "–" : `${before}${short(value, 2)}`;

/** One sentence on a node, for those who do not see it. */
export function nodeWords(
  node: SceneNode,
  graph: Graph,
  subjects: readonly GraphedSubject[],
): string {
  const lines = nodeLines(node, subjects).map(
    ({ subject, count, rank }) => `${subject.name}: counted in ${count}, PageRank ${rank}`,
  );
  const side = subjects.length > 1 ? `, ${sideName(node.node.side, subjects)}` : "";
  const doubt = node.node.decided ? "" : ", undecided";
  return `${titleOf(node, graph, subjects)}${side}${doubt}; ${lines.join("; ")}`;
}

/** What an edge's weight is for each subject, and how it changes from A to B. */
export function edgeLines(
  { edge }: SceneEdge,
  subjects: readonly GraphedSubject[],
): readonly string[] {
  const lines = subjects.map(
    ({ name }, place) => `${name}: ${signedPercent(edge.weight[place] ?? null)}`,
  );
  const [a = null, b = null] = edge.weight;
  const change =
    subjects.length > 1 && a !== null && b !== null ? [`change ${signedPercent(b - a)}`] : [];
  return [...lines, ...change];
}

/** How the one feeds the other, and what a weight is a share of. */
export const edgeKind = ({ edge }: SceneEdge, { graph }: GraphScene): string =>
  edge.kind === "identity" || edge.kind === "unmeasured" || graph.measure === null
    ? KINDS[edge.kind]
    : `${KINDS[edge.kind]}; % ${measureText(graph.measure, graph.baseline)}`;

/** `+12 %`, `−3 %`; a dash where it is not known. */
export function signedPercent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return "–";
  return share > 0 ? `+${percent(share)}` : share < 0 ? `−${percent(-share)}` : "0 %";
}
