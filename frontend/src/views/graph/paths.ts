/** Ways through the graph: what feeds a node and what it feeds, and where the arrow keys lead. */

import type { GraphLayout } from "./layout";
import type { GraphScene, SceneEdge } from "./scene";

/** What is lit while a node or an edge is pointed at. */
export interface Lit {
  readonly nodes: ReadonlySet<string>;
  /** Whether each leads to what is pointed at, or on from it. */
  readonly edges: ReadonlyMap<SceneEdge, Way>;
}

export type Way = "in" | "out";

/** Everything on a way to a node or from it. */
export function pathsThrough({ edges }: GraphScene, key: string): Lit {
  const [nodes, lit] = [new Set([key]), new Map<SceneEdge, Way>()];
  for (const [near, far, way] of [
    ["to", "from", "in"],
    ["from", "to", "out"],
  ] as const) {
    const reached = new Set([key]);
    for (const at of reached) {
      for (const edge of edges) {
        if (edge[near] !== at) continue;
        lit.set(edge, way);
        reached.add(edge[far]);
        nodes.add(edge[far]);
      }
    }
  }
  return { nodes, edges: lit };
}

export const endsOf = (edge: SceneEdge): Lit => ({
  nodes: new Set([edge.from, edge.to]),
  edges: new Map([[edge, "in"]]),
});

/** What an arrow key does where rows stand side by side, as the key that does it where they do not. */
const TURNED: Readonly<Record<string, string>> = {
  ArrowUp: "ArrowLeft",
  ArrowDown: "ArrowRight",
  ArrowRight: "ArrowUp",
  ArrowLeft: "ArrowDown",
};

/**
 * Where an arrow key leads from a node: along its row, or to another row by its strongest edge there, else
 * to the nearest node of the next row that has any. Null where there is nothing.
 */
export function towards(
  pressed: string,
  from: string,
  scene: GraphScene,
  layout: GraphLayout,
): string | null {
  const key = layout.across ? (TURNED[pressed] ?? pressed) : pressed;
  const node = scene.nodes.get(from);
  if (!node) return null;
  const row = inRow(scene, layout, node.row);
  const place = row.indexOf(from);
  if (key === "ArrowLeft") return row[place - 1] ?? null;
  if (key === "ArrowRight") return row[place + 1] ?? null;
  if (key === "Home") return row[0] ?? null;
  if (key === "End") return row.at(-1) ?? null;
  if (key === "ArrowUp") return strongest(scene, from, "from", "to") ?? nearest(-1);
  if (key === "ArrowDown") return strongest(scene, from, "to", "from") ?? nearest(1);
  return null;

  function nearest(by: -1 | 1): string | null {
    for (let at = (node?.row ?? 0) + by; at >= 0 && at < scene.rows.length; at += by) {
      const found = nearestIn(inRow(scene, layout, at), from, layout);
      if (found) return found;
    }
    return null;
  }
}

/** Keys of a row from left to right, or from the top where rows stand side by side. */
export function inRow({ nodes }: GraphScene, layout: GraphLayout, row: number): readonly string[] {
  const place = placeIn(layout);
  return [...nodes.values()]
    .filter((node) => node.row === row)
    .map(({ key }) => key)
    .sort((one, other) => place(one) - place(other));
}

/** How far along its row a node is. */
const placeIn =
  ({ at, across }: GraphLayout) =>
  (key: string): number =>
    at.get(key)?.[across ? "y" : "x"] ?? 0;

function strongest(
  { edges }: GraphScene,
  key: string,
  near: "from" | "to",
  far: "from" | "to",
): string | null {
  const own = edges.filter((edge) => edge[near] === key);
  const size = ({ weight }: SceneEdge) => (Number.isNaN(weight) ? -1 : Math.abs(weight));
  return own.toSorted((one, other) => size(other) - size(one))[0]?.[far] ?? null;
}

function nearestIn(keys: readonly string[], from: string, layout: GraphLayout): string | null {
  const place = placeIn(layout);
  const distance = (key: string) => Math.abs(place(key) - place(from));
  return keys.toSorted((one, other) => distance(one) - distance(other))[0] ?? null;
}
