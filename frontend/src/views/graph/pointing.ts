/** What the pointer or the keyboard is at, and what is lit for it. */

import { sameUnit } from "../../model/moments";
import type { Point } from "../../stage/geometry";
import { keyAt } from "../../stage/pick";
import * as state from "../../state/store";
import type { GraphLayout } from "./layout";
import { endsOf, type Lit, pathsThrough } from "./paths";
import { type GraphScene, type SceneEdge, unitOf } from "./scene";

export type Pointed =
  | { readonly kind: "node"; readonly key: string; readonly facet: number }
  | { readonly kind: "edge"; readonly edge: SceneEdge };

/** Feature visualisations of a unit that can be told apart on its node. */
export const FACETS = 4;

/** The node of the unit that the unit panel shows; null where it is not in the picture. */
export function pinnedIn({ nodes }: GraphScene): string | null {
  const chosen = state.unit.value;
  if (!chosen) return null;
  const found = [...nodes.values()].find((node) => {
    const unit = unitOf(node);
    return unit && sameUnit(unit, chosen);
  });
  return found?.key ?? null;
}

/** The same in another scene; null where that has it no more. */
export function stillThere(pointed: Pointed | null, { nodes, edges }: GraphScene): Pointed | null {
  if (pointed?.kind === "node") return nodes.has(pointed.key) ? pointed : null;
  return pointed && edges.includes(pointed.edge) ? pointed : null;
}

/** The ends of an edge, the paths through a node, else those through the pinned one. */
export function litBy(
  pointed: Pointed | null,
  pinned: string | null,
  scene: GraphScene,
): Lit | null {
  if (pointed?.kind === "edge") return endsOf(pointed.edge);
  const key = pointed?.key ?? pinned;
  return key === null ? null : pathsThrough(scene, key);
}

export function pointedBy(
  { target, clientX }: PointerEvent,
  { edges }: GraphScene,
): Pointed | null {
  const key = keyAt(target);
  if (key) return { kind: "node", key, facet: facetUnder(target as Element, clientX) };
  const index = target instanceof Element ? target.getAttribute("data-edge") : null;
  const edge = index === null ? undefined : edges[Number(index)];
  return edge ? { kind: "edge", edge } : null;
}

export function samePoint(one: Pointed | null, other: Pointed | null): boolean {
  if (one?.kind === "node" && other?.kind === "node")
    return one.key === other.key && one.facet === other.facet;
  if (one?.kind === "edge" && other?.kind === "edge") return one.edge === other.edge;
  return one === null && other === null;
}

/** Which quarter of a node's picture the pointer is over. */
function facetUnder(target: Element, x: number): number {
  const node = target.closest("[data-key]")?.getBoundingClientRect();
  if (!node) return 0;
  return Math.min(FACETS - 1, Math.max(0, Math.floor((FACETS * (x - node.left)) / node.width)));
}

/** Where in the picture it is. */
export function placeOf(pointed: Pointed, layout: GraphLayout): Point | undefined {
  if (pointed.kind === "node") return layout.at.get(pointed.key);
  return middleOf(pointed.edge, layout);
}

function middleOf({ from, to }: SceneEdge, { at }: GraphLayout): Point | undefined {
  const [start, end] = [at.get(from), at.get(to)];
  return start && end && { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
}

/** The next or previous feature visualisation of the node pointed at; null for other keys and without one. */
export function turned(pointed: Pointed | null, key: string): Pointed | null {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!by || pointed?.kind !== "node") return null;
  return { ...pointed, facet: Math.min(FACETS - 1, Math.max(0, pointed.facet + by)) };
}
