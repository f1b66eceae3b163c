/** What the picture of an attribution graph shows: its rows from the output down, its nodes and edges. */

import type { Graph, GraphEdge, GraphLayer, GraphNode, Side } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { largest } from "../../model/scale";
import type { GraphOptions } from "./options";

/** Left to right. */
export const SIDES: readonly Side[] = ["A", "both", "B"];

export interface SceneNode {
  /** Layer and unit: the same at every step. */
  readonly key: string;
  readonly node: GraphNode;
  readonly layer: GraphLayer;
  /** Counted from the top, where the output is. */
  readonly row: number;
  /** What its size says, of the subjects that have it the larger; NaN where it is not known. */
  readonly value: number;
}

export interface SceneEdge {
  readonly edge: GraphEdge;
  /** Keys of producer and consumer. */
  readonly from: string;
  readonly to: string;
  /** Signed; of the subjects that have it the larger; NaN where it is not known. */
  readonly weight: number;
}

export interface GraphScene {
  readonly graph: Graph;
  /** Layers from the top; a row may have no node. */
  readonly rows: readonly GraphLayer[];
  readonly nodes: ReadonlyMap<string, SceneNode>;
  readonly edges: readonly SceneEdge[];
  /** The largest value of any node, hidden or not. */
  readonly largest: number;
  /** How many nodes the filter hides. */
  readonly hidden: number;
}

/** The scene of an answer: nodes under the filter are left out with their edges, outputs never. */
export function sceneOf(
  graph: Graph,
  { size, filter }: Pick<GraphOptions, "size" | "filter">,
): GraphScene {
  const all = graph.nodes.flatMap((node): SceneNode[] => {
    const layer = graph.layers[node.layer];
    if (!layer) return [];
    const row = graph.layers.length - 1 - node.layer;
    return [{ key: keyOf(layer, node), node, layer, row, value: sizeValue(node, size) }];
  });
  const most = largest(all.map(({ value }) => value));
  const least = (filter / 100) * most;
  const shown = all.filter(({ layer, value }) => layer.output || !(least > 0) || value >= least);
  const nodes = new Map(shown.map((node) => [node.key, node]));
  const keys = new Map(all.map(({ node, key }) => [node, key]));
  const edges = graph.edges.flatMap((edge): SceneEdge[] => {
    const [from = "", to = ""] = [edge.from, edge.to].map((place) =>
      keys.get(graph.nodes[place] as GraphNode),
    );
    const present = nodes.has(from) && nodes.has(to);
    return present ? [{ edge, from, to, weight: larger(edge.weight, edge.side) }] : [];
  });
  return {
    graph,
    rows: graph.layers.toReversed(),
    nodes,
    edges,
    largest: most,
    hidden: all.length - shown.length,
  };
}

const isForeign = ({ side, matched }: GraphNode): boolean => side === "B" && !matched;

const keyOf = ({ name }: GraphLayer, node: GraphNode): string =>
  `${name}\n${isForeign(node) ? "B" : ""}${node.unit}`;

/** What the size of a node says. */
function sizeValue(node: GraphNode, size: GraphOptions["size"]): number {
  const values = { count: node.share, rank: node.rank, importance: node.importance }[size];
  return Math.abs(larger(values, node.side));
}

/** Of the values of the subjects on a side the one that is larger in size; NaN where none is known. */
function larger(values: readonly (number | null)[], side: Side): number {
  const own = { A: values.slice(0, 1), both: values.slice(0, 2), B: values.slice(1, 2) }[side];
  return own.reduce<number>((best, value) => {
    if (value === null) return best;
    return Math.abs(value) > Math.abs(best) || Number.isNaN(best) ? value : best;
  }, Number.NaN);
}

/** `62`; `62↔17` where B's unit 17 is matched to it, `–↔17` where only B has such a unit. */
export function unitLabel({ node }: SceneNode, matched: boolean): string {
  if (!matched) return String(node.unit);
  return `${isForeign(node) ? "–" : node.unit}↔${node.other ?? "–"}`;
}

/** The unit of A's network that a node stands for; null where only B has it. */
export function unitOf({ node, layer }: SceneNode): UnitId | null {
  return isForeign(node) ? null : { layer: layer.name, unit: node.unit };
}

/** Whether the two subjects' networks are different ones whose units were matched. */
export const isMatched = ({ subjects }: Graph): boolean =>
  subjects.some(({ identity }) => identity === "matched" || identity === "none");

const SMALLEST = 34;
/** Side of the largest node, in pixels of the picture. */
export const LARGEST = 60;
/** Room above a node for its number and name, and for its number alone, in the picture. */
export const CAPTION = 28;
export const NUMBER = 16;

/** Side of a node: its area grows evenly with the value, from that of the smallest at 0. */
export function sideOf(value: number, largest: number): number {
  const share = largest > 0 && value > 0 ? Math.min(1, value / largest) : 0;
  return Math.sqrt(SMALLEST ** 2 + share * (LARGEST ** 2 - SMALLEST ** 2));
}
