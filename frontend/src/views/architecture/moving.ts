/** From node to node by arrow keys. */

import { DIRECTIONS } from "../../stage/pick";
import type { ArchitectureLayout } from "./layout";

/**
 * The node that a key leads to: the nearest in its direction, where what lies aside counts three times as far;
 * down from the foot of a column the one that ran next. Null where the key leads nowhere.
 */
export function moved(key: string, from: string, { at }: ArchitectureLayout): string | null {
  const keys = [...at.keys()];
  if (key === "Home" || key === "End") return keys.at(key === "Home" ? 0 : -1) ?? null;
  const [way, here] = [DIRECTIONS[key], at.get(from)];
  if (!way || !here) return null;
  let [best, least]: [string | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const [other, { x, y }] of at) {
    const [along, aside] = [
      (x - here.x) * way.x + (y - here.y) * way.y,
      Math.abs((x - here.x) * way.y) + Math.abs((y - here.y) * way.x),
    ];
    const distance = along + 3 * aside;
    if (along > 1 && (way.x !== 0 || aside <= along) && distance < least)
      [best, least] = [other, distance];
  }
  if (best !== null || way.y === 0) return best;
  return keys[keys.indexOf(from) + way.y] ?? null;
}
