/** What is said of nodes and links. */

import type { ArchitectureOptions } from "./options";
import type { ArchitectureScene, LinkKind } from "./scene";
import { countText, isNoise, SHADE_NAMES, type ShadeValue, shapeText, valueText } from "./shade";
import { type Branch, parametersOf } from "./tree";

type Shade = ArchitectureOptions["shade"];

/** Type of a layer, or how many layers a block holds. */
export const typeOf = (branch: Branch): string =>
  branch.kind === "block" ? `${branch.layers.length} layers` : branch.layers[0].type;

/** The shape of a layer's output; a block's is that of its last layer. */
export function sizeOf(branch: Branch): string {
  const last = branch.layers.at(-1);
  if (!last) return "";
  return shapeText(last.shape) || `${last.units} units`;
}

/** Nothing where none are known, or there are none. */
export function parametersText(branch: Branch): string {
  const count = parametersOf(branch);
  return count ? `${countText(count)} params` : "";
}

/** All that a node shows, for those who do not see it. */
export function nodeWords(branch: Branch, shade: Shade, told: ShadeValue | undefined): string {
  const units = branch.layers.at(-1)?.units ?? 0;
  const parameters = parametersOf(branch);
  return [
    branch.kind === "block" ? `block ${branch.key.replace(/\.(#\d+)?$/, "")}` : branch.key,
    typeOf(branch),
    `output ${sizeOf(branch)}`,
    `${units} units`,
    ...(parameters === null ? [] : [`${parameters.toLocaleString("en")} parameters`]),
    ...(told && shade !== "none" ? [shadeValueWords(shade, told)] : []),
    ...(branch.kind === "block" ? ["opens"] : []),
  ].join(", ");
}

export function shadeValueWords(shade: Shade, told: ShadeValue): string {
  const value = valueText(shade, told.value);
  if (!Number.isFinite(told.value))
    return `${SHADE_NAMES[shade]} not known${told.reason ? `: ${told.reason}` : ""}`;
  const chance = isNoise(shade, told) ? ", no more than chance" : "";
  const where = told.largest ? `, largest in ${told.largest}` : "";
  return `${SHADE_NAMES[shade]} ${value}${chance}${where}`;
}

export const LINK_TEXTS: Readonly<Record<LinkKind, string>> = {
  weighted: "through weights",
  passed: "passed on without weights (residual, concatenation)",
  unmeasured: "connected, but could not be traced",
  order: "order of execution; no link recorded",
};

/** The one kind of line that a link is drawn as. */
export function lineOf(kinds: ReadonlySet<LinkKind>): LinkKind {
  if (kinds.has("weighted")) return "weighted";
  return (["passed", "unmeasured", "order"] as const).find((kind) => kinds.has(kind)) ?? "order";
}

/** Keys of the nodes that feed a node, and of those that it feeds. */
export function neighbours(
  { all }: ArchitectureScene,
  key: string,
): {
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  return {
    before: all.filter(({ to }) => to === key).map(({ from }) => from),
    after: all.filter(({ from }) => from === key).map(({ to }) => to),
  };
}
