/** Ways through the graph: what feeds a node and what it feeds, and where the arrow keys lead. */

import type { Point } from "../../stage/geometry";
import type { Layout } from "./layout";
import type { Scene, SceneEdge } from "./scene";

/** What is lit while a node or an edge is pointed at. */
export interface Lit {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<SceneEdge>;
}

/** Everything on a way to a node or from it. */
export function pathsThrough({ edges }: Scene, key: string): Lit {
  const [nodes, lit] = [new Set([key]), new Set<SceneEdge>()];
  for (const [near, far] of [
    ["to", "from"],
    ["from", "to"],
  ] as const) {
    const reached = new Set([key]);
    for (const at of reached) {
      for (const edge of edges) {
        if (edge[near] !== at) continue;
        lit.add(edge);
        reached.add(edge[far]);
        nodes.add(edge[far]);
      }
    }
  }
  return { nodes, edges: lit };
}

export const endsOf = (edge: SceneEdge): Lit => ({
  nodes: new Set([edge.from, edge.to]),
  edges: new Set([edge]),
});

/**
 * Where an arrow key leads from a node: left and right within its row, up and down along its strongest
 * edge, or to the nearest node of the next row that has any. Null where there is nothing.
 */
export function towards(key: string, from: string, scene: Scene, layout: Layout): string | null {
  const node = scene.nodes.get(from);
  const here = layout.at.get(from);
  if (!node || !here) return null;
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
      const found = nearestIn(inRow(scene, layout, at), here as Point, layout);
      if (found) return found;
    }
    return null;
  }
}

/** Keys of a row from left to right. */
export function inRow({ nodes }: Scene, { at }: Layout, row: number): readonly string[] {
  return [...nodes.values()]
    .filter((node) => node.row === row)
    .map(({ key }) => key)
    .sort((one, other) => (at.get(one)?.x ?? 0) - (at.get(other)?.x ?? 0));
}

function strongest(
  { edges }: Scene,
  key: string,
  near: "from" | "to",
  far: "from" | "to",
): string | null {
  const own = edges.filter((edge) => edge[near] === key);
  const size = ({ weight }: SceneEdge) => (Number.isNaN(weight) ? -1 : Math.abs(weight));
  return own.toSorted((one, other) => size(other) - size(one))[0]?.[far] ?? null;
}

function nearestIn(keys: readonly string[], { x }: Point, { at }: Layout): string | null {
  const distance = (key: string) => Math.abs((at.get(key)?.x ?? 0) - x);
  return keys.toSorted((one, other) => distance(one) - distance(other))[0] ?? null;
}
