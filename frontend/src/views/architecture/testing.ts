/** Architectures for tests, as their recorders would tell them. */

import type { Architecture, ArchitectureLayer, Link as ArchitectureLink } from "../../api/schema";

export function layer(name: string, changes: Partial<ArchitectureLayer> = {}): ArchitectureLayer {
  return {
    name,
    type: "ReLU",
    units: 8,
    shape: [8, 4, 4],
    parameters: 10,
    weights: null,
    output: false,
    ...changes,
  };
}

export function architecture(
  names: readonly string[],
  links: readonly ArchitectureLink[] = chain(names),
): Architecture {
  return { parameters: 1000, layers: names.map((name) => layer(name)), links, notes: [] };
}

/** Each feeds the next. */
export const chain = (names: readonly string[]): ArchitectureLink[] =>
  names.slice(1).map((name, at) => [names[at] ?? "", name, "direct"]);

/** The ReLUs of a residual network with blocks of three, and their residual connections. */
export function residual(blocks: readonly number[]): Architecture {
  const inner = blocks.flatMap((count, stage) =>
    Array.from({ length: count }, (_, block) => `layer${stage + 1}.${block}`),
  );
  const names = [
    "relu",
    ...inner.flatMap((block) => ["", ":1", ":2"].map((call) => `${block}.relu${call}`)),
    "fc",
  ];
  const ends = ["relu", ...inner.map((block) => `${block}.relu:2`)];
  const skips = ends.slice(1).map((end, at): ArchitectureLink => [ends[at] ?? "", end, "identity"]);
  return architecture(names, [...chain(names), ...skips]);
}

/** A transformer whose blocks' outputs and hidden units are recorded. */
export function transformer(blocks: number): Architecture {
  const inner = Array.from({ length: blocks }, (_, at) => `encoder.layers.${at}`);
  const names = ["embed", ...inner.flatMap((block) => [`${block}.linear1`, block]), "head"];
  const ends = ["embed", ...inner];
  const skips = inner.map((block, at): ArchitectureLink => [ends[at] ?? "", block, "linearised"]);
  return architecture(names, [...chain(names), ...skips]);
}

/** Two branches between a stem and a head. */
export const branches = (): Architecture =>
  architecture(
    ["stem", "mixed.a.0", "mixed.a.1", "mixed.b", "head"],
    [
      ["stem", "mixed.a.0", "direct"],
      ["mixed.a.0", "mixed.a.1", "direct"],
      ["stem", "mixed.b", "direct"],
      ["mixed.a.1", "head", "direct"],
      ["mixed.b", "head", "direct"],
    ],
  );
