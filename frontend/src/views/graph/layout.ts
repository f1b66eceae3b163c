/**
 * Where nodes are. A node keeps its place as long as the same question is asked of other steps; what is
 * new goes to the free place nearest to its neighbours.
 */

import { max, min } from "d3-array";
import type { Point } from "../../stage/geometry";
import { adjacency, type Ends, mean, ordered } from "./order";
import { type GraphScene, LARGEST, NUMBER, SIDES } from "./scene";

/** Part of every row: what only A has, what both have, what only B has. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

export interface Spacing {
  /** From row to row, and between the nodes of a row. */
  readonly pitch: number;
  readonly gap: number;
  /** Whether rows stand side by side, the output at the right, instead of below one another. */
  readonly across: boolean;
}

export interface GraphLayout {
  /** Centres of the nodes. */
  readonly at: ReadonlyMap<string, Point>;
  readonly across: boolean;
  /** Where the rows' centres are: their heights, or from the left where they stand side by side. */
  readonly rows: readonly number[];
  /** One for a single subject, else one a side. */
  readonly bands: readonly Band[];
  /** What the next layout of the same question starts from. */
  readonly memory: Memory;
}

export interface Memory {
  /** The last places of all nodes so far, in columns from the middle of a band. */
  readonly column: ReadonlyMap<string, { readonly band: number; readonly x: number }>;
  readonly present: ReadonlySet<string>;
  /** How far each band reached so far. */
  readonly reach: readonly Reach[];
}

type Reach = readonly [number, number];

/** Room between bands, in columns. */
const APART = 0.6;
/** The least room of the only band, and of one of three, which has a name above it. */
const ALONE: Reach = [-0.5, 0.5];
const NAMED: Reach = [-1.6, 1.6];

export function layoutOf(
  scene: GraphScene,
  { pitch, gap, across }: Spacing,
  memory: Memory | null,
): GraphLayout {
  const compared = scene.graph.subjects.length > 1;
  const bandOf = (key: string) =>
    compared ? SIDES.indexOf(scene.nodes.get(key)?.node.side ?? "A") : 0;
  const column = columnsOf(scene, bandOf, memory);
  const reach = Array.from({ length: compared ? SIDES.length : 1 }, (_, band) =>
    reachOf(
      [...column].flatMap(([key, x]) => (bandOf(key) === band ? [x] : [])),
      memory?.reach[band] ?? (compared ? NAMED : ALONE),
    ),
  );
  const wide = LARGEST + gap + (across ? NUMBER : 0);
  const middles = middlesOf(reach);
  const rows = scene.rows.map((_, row) => (across ? scene.rows.length - 1 - row : row) * pitch);
  return {
    at: new Map(
      [...scene.nodes].map(([key, { row }]) => {
        const within = ((middles[bandOf(key)] ?? 0) + (column.get(key) ?? 0)) * wide;
        const along = rows[row] ?? 0;
        return [key, across ? { x: along, y: within } : { x: within, y: along }];
      }),
    ),
    across,
    rows,
    bands: reach.map(([low, high], band) => ({
      from: ((middles[band] ?? 0) + low) * wide,
      to: ((middles[band] ?? 0) + high) * wide,
    })),
    memory: {
      column: new Map([
        ...(memory?.column ?? []),
        ...[...column].map(([key, x]) => [key, { band: bandOf(key), x }] as const),
      ]),
      present: new Set(column.keys()),
      reach,
    },
  };
}

/** Columns of all nodes, from the middles of their bands; at least 1 apart in a row of a band. */
function columnsOf(
  { nodes, edges, rows }: GraphScene,
  bandOf: (key: string) => number,
  memory: Memory | null,
): ReadonlyMap<string, number> {
  const ends = edges.map(({ from, to }): Ends => [from, to]);
  const keys = rows.map((_, row) =>
    [...nodes.values()].filter((node) => node.row === row).map(({ key }) => key),
  );
  const order = ordered(keys, ends, bandOf);
  const known = (key: string) => {
    const place = memory?.column.get(key);
    return place && place.band === bandOf(key) ? place.x : undefined;
  };
  const fresh = new Map<string, number>();
  for (const group of order.flatMap((row) => grouped(row, bandOf))) {
    for (const [at, key] of group.entries()) fresh.set(key, at - (group.length - 1) / 2);
  }
  if (!memory) return fresh;
  const neighbours = adjacency(ends);
  const wish = (key: string) => {
    const joined = (neighbours.get(key) ?? []).flatMap((other) =>
      bandOf(other) === bandOf(key) ? (known(other) ?? []) : [],
    );
    return known(key) ?? (joined.length ? mean(joined) : (fresh.get(key) ?? 0));
  };
  const found = new Map<string, number>();
  for (const group of order.flatMap((row) => grouped(row, bandOf))) {
    const stays = (key: string) => memory.present.has(key) && known(key) !== undefined;
    for (const key of group.toSorted((one, other) => Number(stays(other)) - Number(stays(one)))) {
      const taken = group.flatMap((other) => found.get(other) ?? []);
      found.set(key, nearestFree(wish(key), taken));
    }
  }
  return found;
}

/** The keys of a row, a list a band. */
function grouped(row: readonly string[], bandOf: (key: string) => number): readonly string[][] {
  const bands = [...new Set(row.map(bandOf))];
  return bands.map((band) => row.filter((key) => bandOf(key) === band));
}

/** The place nearest to the wished one that is at least 1 from all that are taken. */
export function nearestFree(wish: number, taken: readonly number[]): number {
  const isFree = (x: number) => taken.every((other) => Math.abs(x - other) >= 1 - 1e-9);
  const distance = (x: number) => Math.abs(x - wish);
  const candidates = [wish, ...taken.flatMap((other) => [other - 1, other + 1])].filter(isFree);
  return candidates.reduce((best, x) => (distance(x) < distance(best) ? x : best));
}

function reachOf(columns: readonly number[], before: Reach): Reach {
  return [
    Math.min(before[0], (min(columns) ?? 0.5) - 0.5),
    Math.max(before[1], (max(columns) ?? -0.5) + 0.5),
  ];
}

/** Middles of the bands side by side; that of the only one, or of the second, is 0. */
function middlesOf(reach: readonly Reach[]): readonly number[] {
  const [a, both, b] = reach;
  if (!a || !both || !b) return reach.map(() => 0);
  return [both[0] - APART - a[1], 0, both[1] + APART - b[0]];
}
