/** Dots and lines as the painter takes them. */

import type { DotLook, LineLook } from "../../gl/buffers";
import { rgb } from "../../model/color";
import type { Coloured } from "./colouring";

type Tint = LineLook["colour"];

const FADED = 100;
const PLAIN = 225;

/** Radius of a dot in pixels: the more there are, the smaller. */
export const radiusFor = (count: number): number => (count > 4000 ? 2.6 : count > 1000 ? 3.4 : 4.6);

/** With more chosen, rings would hide what they are around. */
export const MOST_RINGS = 200;

/** Looks of the shown instances, chosen ones ringed and drawn last, others faded beside them. */
export function dotLooks(
  shown: readonly number[],
  { groups, of }: Coloured,
  chosen: ReadonlySet<number>,
  hollow: boolean,
): readonly DotLook[] {
  const radius = radiusFor(shown.length);
  const count = shown.filter((row) => chosen.has(row)).length;
  const look = (row: number): DotLook => {
    const group = groups[of[row] ?? 0];
    const stands = count === 0 || chosen.has(row);
    const ringed = chosen.has(row) && count <= MOST_RINGS;
    return {
      row,
      colour: tint(group?.colour ?? "#808080", ringed ? 255 : stands ? PLAIN : FADED),
      glyph: group?.glyph ?? 0,
      radius: radius * (group?.size ?? 1) * (ringed ? 1.25 : 1),
      ringed,
      hollow,
    };
  };
  const [above, below] = [
    shown.filter((row) => chosen.has(row)),
    shown.filter((row) => !chosen.has(row)),
  ];
  return [...below, ...above].map(look);
}

/** A colour with an opacity, 0 to 255. */
export const tint = (colour: string, opacity: number): Tint => [...rgb(colour), opacity] as const;

/** From each benign instance to the altered one made of it. */
export function pairLines(
  shown: ReadonlySet<number>,
  pairs: readonly { readonly pair: number }[],
  colour: Tint,
): readonly LineLook[] {
  return pairs.flatMap(({ pair }, instance) =>
    pair >= 0 && shown.has(instance) && shown.has(pair)
      ? [{ from: pair, to: instance, colour }]
      : [],
  );
}

/** From each instance in one field to itself in the other. */
export const moveLines = (
  rows: readonly number[],
  colourOf: (row: number) => Tint,
): readonly LineLook[] => rows.map((row) => ({ from: row, to: row, colour: colourOf(row) }));

/** Each row's way through all slices. */
export function trailLines(
  rows: readonly number[],
  slices: number,
  colourOf: (row: number) => Tint,
): readonly LineLook[] {
  return rows.flatMap((row) =>
    Array.from({ length: Math.max(0, slices - 1) }, (_, slice) => ({
      from: row,
      to: row,
      slices: [slice, slice + 1] as const,
      colour: colourOf(row),
    })),
  );
}
