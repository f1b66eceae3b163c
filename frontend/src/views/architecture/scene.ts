/** What is in sight of the tree, and the links between that. */

import type { Link as ArchitectureLink } from "../../api/schema";
import { type Block, type Branch, openBlocks } from "./tree";

/** How something feeds what follows: with weights, passed on without them, or merely run before it. */
export type LinkKind = "weighted" | "passed" | "unmeasured" | "order";

export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  readonly kinds: ReadonlySet<LinkKind>;
  /** Whether what it joins is joined by a longer way too, as the ends of a residual connection are. */
  readonly skips: boolean;
}

export interface ArchitectureScene {
  /** Layers and closed blocks, in the order of execution. */
  readonly nodes: readonly Branch[];
  /** Open blocks, the outermost first, with the keys of the nodes within. */
  readonly frames: readonly { readonly block: Block; readonly inside: readonly string[] }[];
  /** Those that are drawn: of those that skip something the nearest. */
  readonly edges: readonly SceneEdge[];
  /** All links between nodes. */
  readonly all: readonly SceneEdge[];
}

/** Links that skip something into a node that are drawn; the others are when it is pointed at. */
export const MOST_SKIPS = 2;

export function sceneOf(
  tree: readonly Branch[],
  links: readonly ArchitectureLink[],
  open: ReadonlySet<string>,
): ArchitectureScene {
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
  const all = marked(withOrder(between(nodes, links), nodes), nodes);
  return { nodes, frames, edges: nearest(all, nodes), all };
}

export const sceneIn = (
  tree: readonly Branch[],
  links: readonly ArchitectureLink[],
  chosen: Parameters<typeof openBlocks>[1],
): ArchitectureScene => sceneOf(tree, links, openBlocks(tree, chosen));

type Link = Omit<SceneEdge, "skips">;

/** Links between the nodes that hold the layers; those within a node are none. */
function between(nodes: readonly Branch[], links: readonly ArchitectureLink[]): Link[] {
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
function withOrder(edges: readonly Link[], nodes: readonly Branch[]): readonly Link[] {
  const fed = new Set(edges.map(({ to }) => to));
  const added = nodes.slice(1).flatMap(({ key }, at): Link[] => {
    const before = nodes[at]?.key;
    if (fed.has(key) || before === undefined) return [];
    return [{ from: before, to: key, kinds: new Set(["order"]) }];
  });
  return [...edges, ...added];
}

/**
 * Which links skip something: those beside a longer way, and those that go back. The rest is the transitive
 * reduction of the graph (Aho, Garey & Ullman 1972), its spine.
 */
function marked(edges: readonly Link[], nodes: readonly Branch[]): readonly SceneEdge[] {
  const place = places(nodes);
  const after = new Map<string, string[]>(nodes.map(({ key }) => [key, []]));
  const isForward = ({ from, to }: Link) => (place.get(from) ?? 0) < (place.get(to) ?? 0);
  for (const edge of edges) if (isForward(edge)) after.get(edge.from)?.push(edge.to);
  const reached = new Map<string, ReadonlySet<string>>();
  for (const { key } of nodes.toReversed()) {
    const next = after.get(key) ?? [];
    reached.set(key, new Set([...next, ...next.flatMap((one) => [...(reached.get(one) ?? [])])]));
  }
  const isPassed = ({ from, to }: Link) =>
    (after.get(from) ?? []).some((next) => reached.get(next)?.has(to));
  return edges.map((edge) => ({ ...edge, skips: !isForward(edge) || isPassed(edge) }));
}

const places = (nodes: readonly Branch[]): ReadonlyMap<string, number> =>
  new Map(nodes.map(({ key }, at) => [key, at]));

function nearest(all: readonly SceneEdge[], nodes: readonly Branch[]): readonly SceneEdge[] {
  const place = places(nodes);
  const distance = ({ from, to }: SceneEdge) =>
    Math.abs((place.get(to) ?? 0) - (place.get(from) ?? 0));
  const skips = new Map<string, SceneEdge[]>();
  for (const edge of all) if (edge.skips) skips.set(edge.to, [...(skips.get(edge.to) ?? []), edge]);
  const kept = [...skips.values()].flatMap((edges) =>
    edges.toSorted((one, other) => distance(one) - distance(other)).slice(0, MOST_SKIPS),
  );
  return [...all.filter((edge) => !edge.skips), ...kept];
}
