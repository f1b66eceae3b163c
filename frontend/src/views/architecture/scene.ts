/** What is in sight of the tree, and the links between that. */

import type { ArchitectureLink } from "../../architectureApi";
import { type Block, type Branch, openBlocks } from "./tree";

/** How something feeds what follows: with weights, passed on without them, or merely run before it. */
export type LinkKind = "weighted" | "passed" | "unmeasured" | "order";

export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  readonly kinds: ReadonlySet<LinkKind>;
}

export interface Scene {
  /** Layers and closed blocks, in the order of execution. */
  readonly nodes: readonly Branch[];
  /** Open blocks, the outermost first, with the keys of the nodes within. */
  readonly frames: readonly { readonly block: Block; readonly inside: readonly string[] }[];
  /** Those that are drawn: of a node that many feed, the nearest. */
  readonly edges: readonly SceneEdge[];
  /** All links between nodes. */
  readonly all: readonly SceneEdge[];
}

/** Links into a node that are drawn at most; the others are when it is pointed at. */
export const MOST_DRAWN = 4;

export function sceneOf(
  tree: readonly Branch[],
  links: readonly ArchitectureLink[],
  open: ReadonlySet<string>,
): Scene {
  const nodes: Branch[] = [];
  const frames: { block: Block; inside: string[] }[] = [];
  const visit = (branches: readonly Branch[], around: readonly string[][]) => {
    for (const branch of branches) {
      if (branch.kind === "block" && open.has(branch.key)) {
        const inside: string[] = [];
        frames.push({ block: branch, inside });
        visit(branch.children, [...around, inside]);
      } else {
        nodes.push(branch);
        for (const inside of around) inside.push(branch.key);
      }
    }
  };
  visit(tree, []);
  const all = withOrder(between(nodes, links), nodes);
  return { nodes, frames, edges: nearest(all, nodes), all };
}

export const sceneIn = (
  tree: readonly Branch[],
  links: readonly ArchitectureLink[],
  chosen: Parameters<typeof openBlocks>[1],
): Scene => sceneOf(tree, links, openBlocks(tree, chosen));

/** Links between the nodes that hold the layers; those within a node are none. */
function between(nodes: readonly Branch[], links: readonly ArchitectureLink[]): SceneEdge[] {
  const home = new Map(nodes.flatMap(({ key, layers }) => layers.map(({ name }) => [name, key])));
  const found = new Map<string, { from: string; to: string; kinds: Set<LinkKind> }>();
  for (const [producer, consumer, kind] of links) {
    const [from, to] = [home.get(producer), home.get(consumer)];
    if (from === undefined || to === undefined || from === to) continue;
    const name = `${from}\n${to}`;
    const edge = found.get(name) ?? { from, to, kinds: new Set() };
    edge.kinds.add(kindOf(kind));
    found.set(name, edge);
  }
  return [...found.values()];
}

function kindOf(kind: string): LinkKind {
  if (kind === "identity") return "passed";
  return kind === "unmeasured" ? "unmeasured" : "weighted";
}

/** A node that nothing is known to feed stands after the one that ran before it. */
function withOrder(edges: readonly SceneEdge[], nodes: readonly Branch[]): readonly SceneEdge[] {
  const fed = new Set(edges.map(({ to }) => to));
  const added = nodes.slice(1).flatMap(({ key }, at): SceneEdge[] => {
    const before = nodes[at]?.key;
    if (fed.has(key) || before === undefined) return [];
    return [{ from: before, to: key, kinds: new Set(["order"]) }];
  });
  return [...edges, ...added];
}

function nearest(all: readonly SceneEdge[], nodes: readonly Branch[]): readonly SceneEdge[] {
  const place = new Map(nodes.map(({ key }, at) => [key, at]));
  const into = new Map<string, SceneEdge[]>();
  for (const edge of all) into.set(edge.to, [...(into.get(edge.to) ?? []), edge]);
  const distance = ({ from, to }: SceneEdge) =>
    Math.abs((place.get(to) ?? 0) - (place.get(from) ?? 0));
  return [...into.values()].flatMap((edges) =>
    edges.toSorted((one, other) => distance(one) - distance(other)).slice(0, MOST_DRAWN),
  );
}
