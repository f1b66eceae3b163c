/**
 * The order of the nodes in their rows with few crossings of edges: sweeps by barycentres up and down
 * (Sugiyama, Tagawa & Toda 1981), of which the best is kept.
 */

export type Ends = readonly [from: string, to: string];

/** Keys from left to right, a list a row. */
export type Rows = readonly (readonly string[])[];

const SWEEPS = 24;
/** Further apart than any two places of one band. */
const FAR = 1e4;

/** Pairs of edges between the same two rows that cross. */
export function crossings(rows: Rows, edges: readonly Ends[]): number {
  const place = places(rows);
  const bundles = new Map<string, [number, number][]>();
  for (const ends of edges) {
    const [one, other] = ends.map((key) => place.get(key));
    if (!one || !other || one.row === other.row) continue;
    const [upper, lower] = one.row < other.row ? [one, other] : [other, one];
    const name = `${upper.row} ${lower.row}`;
    const bundle = bundles.get(name) ?? [];
    bundle.push([upper.at, lower.at]);
    bundles.set(name, bundle);
  }
  return [...bundles.values()].reduce((sum, bundle) => sum + inversions(bundle), 0);
}

function inversions(bundle: readonly (readonly [number, number])[]): number {
  let found = 0;
  for (const [index, [upper, lower]] of bundle.entries()) {
    for (const [otherUpper, otherLower] of bundle.slice(index + 1)) {
      if ((upper - otherUpper) * (lower - otherLower) < 0) found++;
    }
  }
  return found;
}

/**
 * Order the rows so that few edges cross, never more than as they are given.
 *
 * `bandOf` says where in a row a key must stay: those of a lower band come first.
 */
export function ordered(rows: Rows, edges: readonly Ends[], bandOf: (key: string) => number): Rows {
  const neighbours = adjacency(edges);
  let now = rows.map((row) => row.toSorted((one, other) => bandOf(one) - bandOf(other)));
  let [best, fewest] = [now, crossings(now, edges)];
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    now = swept(now, neighbours, bandOf, sweep % 2 === 0);
    const count = crossings(now, edges);
    if (count < fewest) [best, fewest] = [now, count];
  }
  return best;
}

/** Every row ordered by what it is joined to in the rows before it: those above, or those below. */
function swept(
  rows: Rows,
  neighbours: ReadonlyMap<string, readonly string[]>,
  bandOf: (key: string) => number,
  downwards: boolean,
): string[][] {
  const now = rows.map((row) => [...row]);
  const sequence = downwards ? now.keys() : [...now.keys()].reverse();
  for (const at of sequence) {
    const place = places(now);
    const centred = (key: string) => {
      const { row = 0, at: index = 0 } = place.get(key) ?? {};
      return bandOf(key) * FAR + index - ((now[row]?.length ?? 0) - 1) / 2;
    };
    const isBefore = (key: string) => {
      const row = place.get(key)?.row ?? at;
      return downwards ? row < at : row > at;
    };
    const wish = new Map(
      now[at]?.map((key) => {
        const joined = (neighbours.get(key) ?? []).filter(isBefore);
        return [key, joined.length ? mean(joined.map(centred)) : centred(key)];
      }),
    );
    now[at]?.sort(
      (one, other) => bandOf(one) - bandOf(other) || (wish.get(one) ?? 0) - (wish.get(other) ?? 0),
    );
  }
  return now;
}

export function adjacency(edges: readonly Ends[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (one: string, other: string) => {
    const known = found.get(one);
    if (known) known.push(other);
    else found.set(one, [other]);
  };
  for (const [from, to] of edges) {
    add(from, to);
    add(to, from);
  }
  return found;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function places(rows: Rows): ReadonlyMap<string, { readonly row: number; readonly at: number }> {
  return new Map(rows.flatMap((keys, row) => keys.map((key, at) => [key, { row, at }] as const)));
}
