/** The recorded layers as blocks within blocks, by the names of their modules. */

import { sum } from "d3-array";
import type { Architecture, ArchitectureLayer } from "../../api/schema";

export interface Leaf {
  readonly kind: "layer";
  readonly key: string;
  /** What is left of the name within the block around it. */
  readonly label: string;
  readonly layers: readonly [ArchitectureLayer];
}

export interface Block {
  readonly kind: "block";
  readonly key: string;
  readonly label: string;
  /** All layers within, in the order of execution. */
  readonly layers: readonly ArchitectureLayer[];
  readonly children: readonly Branch[];
}

export type Branch = Leaf | Block;

/** Nodes that are shown without anybody having opened a block. */
export const MOST = 30;
/** Parts that a long sequence without blocks is cut into. */
const STRETCHES = 20;

/**
 * Blocks of layers that follow each other and whose names begin alike; one that holds a single block
 * counts as that. A long sequence without blocks is cut into stretches.
 */
export function treeOf(layers: readonly ArchitectureLayer[]): readonly Branch[] {
  const tree = grouped(layers, []);
  return tree.length > MOST ? stretches(tree) : tree;
}

function grouped(layers: readonly ArchitectureLayer[], within: readonly string[]): Branch[] {
  const seen = new Map<string, number>();
  return runs(layers, within.length).map((inside) => {
    const parts = partsOf(inside[0]);
    const depth = commonDepth(inside, within.length);
    const prefix = parts.slice(0, Math.max(depth, within.length + 1)).join(".");
    const before = seen.get(prefix) ?? 0;
    seen.set(prefix, before + 1);
    const [first, ...others] = inside;
    if (!first || others.length === 0) return leaf(inside[0] as ArchitectureLayer, within);
    const key = before ? `${prefix}.#${before}` : `${prefix}.`;
    const block = prefix.split(".");
    return {
      kind: "block",
      key,
      label: block.slice(within.length).join("."),
      layers: inside,
      children: grouped(inside, block),
    };
  });
}

function leaf(layer: ArchitectureLayer, within: readonly string[]): Leaf {
  const rest = partsOf(layer).slice(within.length).join(".");
  return { kind: "layer", key: layer.name, label: rest || OUTPUT, layers: [layer] };
}

/** What a layer that is the block around it is called within it. */
const OUTPUT = "output";

const partsOf = (layer: ArchitectureLayer | undefined): readonly string[] =>
  layer?.name.split(".") ?? [];

/** Layers that follow each other and have the same part of the name at a depth. */
function runs(layers: readonly ArchitectureLayer[], depth: number): ArchitectureLayer[][] {
  const found: ArchitectureLayer[][] = [];
  for (const layer of layers) {
    const last = found.at(-1);
    const part = partsOf(layer)[depth];
    if (last && part !== undefined && partsOf(last[0])[depth] === part) last.push(layer);
    else found.push([layer]);
  }
  return found;
}

/** How many parts of their names all of these have in common. */
function commonDepth([first, ...others]: readonly ArchitectureLayer[], least: number): number {
  const parts = partsOf(first);
  let depth = least;
  while (depth < parts.length && others.every((other) => partsOf(other)[depth] === parts[depth]))
    depth++;
  return depth;
}

function stretches(tree: readonly Branch[]): readonly Branch[] {
  const size = Math.ceil(tree.length / STRETCHES);
  const parts = Array.from({ length: Math.ceil(tree.length / size) }, (_, at) =>
    tree.slice(at * size, (at + 1) * size),
  );
  return parts.map((children): Branch => {
    const [first, last] = [children[0] as Branch, children.at(-1) as Branch];
    if (first === last) return first;
    const label = `${first.label} … ${last.label}`;
    const layers = children.flatMap((child) => [...child.layers]);
    return { kind: "block", key: label, label, layers, children };
  });
}

/**
 * The blocks that are open when nobody has chosen: level by level, and the smallest first, until another one
 * would show more than `MOST` nodes. Within a block all are open or none.
 */
export function openByItself(tree: readonly Branch[]): ReadonlySet<string> {
  const open = new Set<string>();
  let count = tree.length;
  let level: readonly (readonly Block[])[] = blocksOf(tree).map((block) => [block]);
  while (level.length > 0) {
    for (const together of level.toSorted((one, other) => added(one) - added(other))) {
      if (count + added(together) > MOST) return open;
      for (const { key } of together) open.add(key);
      count += added(together);
    }
    const next = level.flat().map(({ children }) => blocksOf(children));
    level = next.filter((blocks) => blocks.length > 0);
  }
  return open;
}

const blocksOf = (branches: readonly Branch[]): Block[] =>
  branches.filter((branch) => branch.kind === "block");

/** How many nodes more there are when these are open. */
const added = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { children }) => sum + children.length - 1, 0);

/** What a person chose of blocks: the others are as they are by themselves. */
export interface Chosen {
  readonly open: readonly string[];
  readonly closed: readonly string[];
}

export function openBlocks(tree: readonly Branch[], chosen: Chosen): ReadonlySet<string> {
  const closed = new Set(chosen.closed);
  return new Set([...openByItself(tree), ...chosen.open].filter((key) => !closed.has(key)));
}

/** The choice with one block opened or closed. */
export function toggledBlock(
  tree: readonly Branch[],
  { open, closed }: Chosen,
  key: string,
): Chosen {
  const without = (keys: readonly string[]) => keys.filter((other) => other !== key);
  const [isDefault, isOpen] = [
    openByItself(tree).has(key),
    openBlocks(tree, { open, closed }).has(key),
  ];
  return {
    open: isOpen || isDefault ? without(open) : [...without(open), key],
    closed: isOpen && isDefault ? [...without(closed), key] : without(closed),
  };
}

/** The choice with all blocks around a layer open. */
export function revealing(tree: readonly Branch[], chosen: Chosen, layer: string): Chosen {
  const around = blocksAround(tree, layer);
  const hidden = around.filter((key) => !openBlocks(tree, chosen).has(key));
  return hidden.reduce((now, key) => toggledBlock(tree, now, key), chosen);
}

/** Numbers in the model's parameters that feed no recorded layer; null where that is not known. */
export function restOf({ parameters, layers }: Architecture): number | null {
  if (parameters === null || layers.every(({ weights }) => weights === null)) return null;
  return parameters - sum(layers, ({ weights }) => weights);
}

/** Keys of the blocks that hold a layer, the outermost first. */
export function blocksAround(tree: readonly Branch[], layer: string): readonly string[] {
  const block = tree.find(
    (branch): branch is Block =>
      branch.kind === "block" && branch.layers.some(({ name }) => name === layer),
  );
  return block ? [block.key, ...blocksAround(block.children, layer)] : [];
}

/**
 * Numbers in the parameters that feed a branch's layers. In records of untraced models, those of its modules,
 * null where one is not recorded; what lies within another recorded module, and a module's further calls,
 * count once.
 */
export function parametersOf({ layers }: Pick<Branch, "layers">): number | null {
  if (layers.some(({ weights }) => weights !== null)) return sum(layers, ({ weights }) => weights);
  const modules = new Map(layers.map((layer) => [moduleOf(layer.name), layer.parameters]));
  const outermost = [...modules].filter(
    ([name]) => ![...modules.keys()].some((other) => name.startsWith(`${other}.`)),
  );
  const known = outermost.map(([, parameters]) => parameters);
  return known.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}

const moduleOf = (name: string): string => name.replace(/:\d+$/, "");
