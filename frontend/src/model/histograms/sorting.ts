/** In which order the units of a panel stand. */

import type { Slot, Sort, Term } from "../shown";

/** Divergences below this multiple of the noise floor are not told from noise. */
export const TELLING = 3;

/** Stands for the share of zeros of a unit that is 0 on all inputs of the record, not of the subset alone. */
export const DEAD = 2;

type Values = ArrayLike<number> | undefined;

/** What a panel has to order its units by, `[units]` each; undefined for what is not shown. */
export interface SortSource {
  readonly units: number;
  readonly median: (place: Slot, key: string) => Values;
  readonly activation: (place: Slot, instance: number) => Values;
  /** Shares of a subset's inputs on which the units are exactly 0; of dead units `DEAD`. */
  readonly zeros: (place: Slot, key: string) => Values;
  /** Wasserstein distance in pooled deviations and its ratio to the noise floor. */
  readonly divergence: (
    of: Term,
    from: Term,
  ) => { readonly wasserstein: ArrayLike<number>; readonly ratio: ArrayLike<number> } | undefined;
}

/** The number that each unit is ordered by; NaN where there is none. */
export function sortValues(sort: Sort, source: SortSource): Float64Array {
  const { units } = source;
  switch (sort.by) {
    case "index":
      return Float64Array.from({ length: units }, (_, unit) => unit);
    case "value":
      return column(units, valuesOf(sort.of, source));
    case "dead":
      return column(
        units,
        sort.of.kind === "subset" ? source.zeros(sort.of.place, sort.of.key) : undefined,
      );
    case "difference": {
      const from = column(units, valuesOf(sort.from, source));
      return column(units, valuesOf(sort.of, source)).map(
        (value, unit) => value - (from[unit] ?? Number.NaN),
      );
    }
    case "divergence": {
      const found = source.divergence(sort.of, sort.from);
      const distance = column(units, found?.wasserstein);
      return distance.map((value, unit) => tellingDistance(value, found?.ratio[unit]));
    }
  }
}

const valuesOf = (term: Term, source: SortSource): Values =>
  term.kind === "subset"
    ? source.median(term.place, term.key)
    : source.activation(term.place, term.instance);

/** The distance where it can be told from noise, else 0; NaN where there is none. */
export const tellingDistance = (wasserstein: number, ratio: number | undefined): number =>
  Number.isNaN(wasserstein)
    ? Number.NaN
    : ratio !== undefined && ratio >= TELLING
      ? wasserstein
      : 0;

const column = (units: number, values: Values): Float64Array =>
  Float64Array.from({ length: units }, (_, unit) => values?.[unit] ?? Number.NaN);

/** Units by ascending or descending value; ties by index, NaN last either way. */
export function sorted(values: Float64Array, descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  const missing = (unit: number) => Number.isNaN(values[unit] ?? Number.NaN);
  return Array.from(values.keys()).sort((a, b) => {
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b)) || a - b;
    return sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b;
  });
}

/**
 * Units meant by a search: indices and ranges, separated by commas or blanks, and parts of `names`, by commas.
 *
 * Returns null for an empty search (all units are meant) and an explanation for one that cannot be read.
 */
export function searchUnits(
  text: string,
  units: number,
  names: ReadonlyMap<number, string> = NO_NAMES,
): ReadonlySet<number> | string | null {
  const terms = text.split(/[,;]/).filter((term) => term.trim());
  if (!terms.length) return null;
  const found = new Set<number>();
  for (const term of terms) {
    const wanted = term.trim().toLowerCase();
    const named = [...names].filter(([, name]) => name.toLowerCase().includes(wanted));
    for (const [unit] of named) found.add(unit);
    for (const word of wanted.split(/\s+/)) {
      const range = /^(\d+)(?:[-–:.]+(\d+))?$/.exec(word);
      if (!range && named.length === 0) return `“${word}” is no unit${WRITE}`;
      if (!range) continue;
      const low = Number(range[1]);
      const high = Math.min(Number(range[2] ?? low), units - 1);
      for (let unit = low; unit <= high; unit++) found.add(unit);
    }
  }
  return found;
}

const NO_NAMES: ReadonlyMap<number, string> = new Map();
const WRITE = "; write indices and ranges, such as 3, 17, 40-52, or part of a unit's name";
