import { max } from "d3-array";
import type { Layer } from "../api/schema";

export interface Block {
  readonly name: string;
  readonly layers: readonly Layer[];
}

const MOST = 20;

/**
 * Layers in blocks of equal name prefix, in their order; as deep a prefix as leaves at most 20 blocks, or
 * the shortest when there are always more.
 */
export function blocksOf(layers: readonly Layer[]): readonly Block[] {
  const deepest = max(layers, ({ name }) => name.split(".").length) ?? 0;
  let chosen = grouped(layers, 1);
  for (let depth = 2; depth < deepest; depth++) {
    const finer = grouped(layers, depth);
    if (finer.length > MOST) break;
    chosen = finer;
  }
  return chosen;
}

function grouped(layers: readonly Layer[], depth: number): readonly Block[] {
  const blocks = new Map<string, Layer[]>();
  for (const layer of layers) {
    const name = layer.name.split(".").slice(0, depth).join(".");
    blocks.set(name, [...(blocks.get(name) ?? []), layer]);
  }
  return [...blocks].map(([name, inside]) => ({ name, layers: inside }));
}
