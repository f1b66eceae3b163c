/** Small attribution graphs for tests. */

import { max } from "d3-array";
import type { Graph, GraphEdge, GraphNode, Side } from "../../api/schema";

export interface NodeSketch {
  readonly layer: number;
  readonly unit: number;
  readonly side?: Side;
  /** Share of the inputs, a subject each. */
  readonly share?: readonly (number | null)[];
}

type EdgeSketch = readonly [from: number, to: number, weight?: number | null];

/** A graph of layers `l0` (at the input), `l1`, …; the last one is the output. */
export function graph(
  nodes: readonly NodeSketch[],
  edges: readonly EdgeSketch[] = [],
  changes: Partial<Graph> = {},
): Graph {
  const layers = 1 + (max(nodes, ({ layer }) => layer) ?? 0);
  const subject = { run: "plain", model: "model", step: 80, inputs: 100, sampled: 64 };
  const known = {
    few: false,
    identity: "same",
    reason: null,
    instances: null,
    threshold: null,
  } as const;
  return {
    subjects: [{ ...subject, ...known, subset: "class:0" }],
    measure: "contribution",
    baseline: "zero",
    mass: 0.03,
    of: "activation",
    retained: [0.08],
    relaxed: 0,
    ranking: "pagerank",
    lift: false,
    directed: false,
    layers: Array.from({ length: layers }, (_, place) => ({
      name: `l${place}`,
      type: "ReLU",
      units: 16,
      negative: 0,
      of: "activation",
      inner: [],
      output: place === layers - 1,
    })),
    nodes: nodes.map(graphNode),
    edges: edges.map(
      ([from, to, weight = 0.5]): GraphEdge => ({
        from,
        to,
        side: "A",
        weight: [weight],
        kind: "direct",
        decided: true,
      }),
    ),
    notes: [],
    options: { masses: [0.03], of: ["activation"], measures: ["contribution", "summit"] },
    ...changes,
  };
}

/** The same with a second subject. */
export function compared(
  nodes: readonly NodeSketch[],
  edges: readonly EdgeSketch[] = [],
  changes: Partial<Graph> = {},
): Graph {
  const one = graph(nodes, edges, changes);
  const [first] = one.subjects;
  return {
    ...one,
    subjects: first ? [first, { ...first, subset: "class:1" }] : [],
    edges: one.edges.map((edge) => ({
      ...edge,
      side: sideOfEdge(nodes[edge.from]?.side, nodes[edge.to]?.side),
      weight: [...edge.weight, ...edge.weight],
    })),
  };
}

const sideOfEdge = (from: Side = "A", to: Side = "A"): Side => (from === "both" ? to : from);

const graphNode = ({ layer, unit, side = "A", share = [0.5, 0.5] }: NodeSketch): GraphNode => ({
  layer,
  unit,
  other: unit,
  side,
  matched: true,
  rank: share,
  count: share,
  share,
  importance: share.map((value) => value && -value),
  score: share,
  decided: true,
  importanceError: [null, null],
  shareLow: [null, null],
  shareHigh: [null, null],
  lift: [null, null],
  examples: [],
  facet: null,
  name: null,
});

/** Numbers that look random and are the same each time (a linear congruential generator). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A graph of a few layers with random nodes and edges. */
export function random(seed: number, sides: readonly Side[] = ["A"]): Graph {
  const next = numbers(seed);
  const below = (most: number) => Math.floor(next() * most);
  const layers = 2 + below(5);
  const nodes: NodeSketch[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const units = [...new Set(Array.from({ length: 1 + below(8) }, () => below(16)))];
    for (const unit of units) {
      const side = sides[below(sides.length)] ?? "A";
      nodes.push({ layer, unit, side, share: [next(), next()] });
    }
  }
  const edges = nodes.flatMap((producer, from) =>
    nodes.flatMap((consumer, to): EdgeSketch[] =>
      consumer.layer > producer.layer && next() < 0.4 ? [[from, to, next() - 0.3]] : [],
    ),
  );
  return sides.length > 1 ? compared(nodes, edges) : graph(nodes, edges);
}

/** Two chains that share nothing but their output: 0 → 2 → 4 and 1 → 3 → 4. */
export const twoChains = (): Graph =>
  graph(
    [
      { layer: 0, unit: 0 },
      { layer: 0, unit: 1 },
      { layer: 1, unit: 0 },
      { layer: 1, unit: 1 },
      { layer: 2, unit: 0 },
    ],
    [
      [0, 2, 0.9],
      [1, 3, 0.3],
      [2, 4, 0.2],
      [3, 4, -0.6],
    ],
  );
