/** What the units can be sorted by, given what is shown. */

import type { ShownSubject, Slot, Sort, Term } from "../../model/shown";

export interface NamedTerm {
  readonly term: Term;
  readonly name: string;
}

/** Every subject's median and every instance's activation. */
export function terms(
  subjects: readonly ShownSubject[],
  instances: readonly { readonly instance: number; readonly name: string }[],
  places: readonly Slot[],
): NamedTerm[] {
  const at = (place: Slot) => (places.length > 1 ? ` at ${place}` : "");
  const medians = subjects.map(({ place, key, name }) => ({
    term: { kind: "subset" as const, place, key },
    name: `${name}${at(place)}`,
  }));
  const dots = places.flatMap((place) =>
    instances.map(({ instance, name }) => ({
      term: { kind: "instance" as const, place, instance },
      name: `${name}${at(place)}`,
    })),
  );
  return [...medians, ...dots];
}

export const sameTerm = (one: Term, other: Term): boolean =>
  one.place === other.place &&
  (one.kind === "subset"
    ? other.kind === "subset" && one.key === other.key
    : other.kind === "instance" && one.instance === other.instance);

/** Divergence between the first two subjects; the median of the only one; else the index. */
export function defaultSort(available: readonly NamedTerm[]): Sort {
  const [of, from] = available.map(({ term }) => term).filter(({ kind }) => kind === "subset");
  if (of && from) return { by: "divergence", of, from, descending: true };
  if (of) return { by: "value", of, descending: true };
  return { by: "index", descending: false };
}

/** Whether a kind of sort is of subsets alone, not of instances. */
export const ofSubsets = (by: Sort["by"]): boolean => by === "divergence" || by === "dead";

/** The sort that was chosen, or the default one when it refers to what is no longer shown. */
export function validSort(sort: Sort | null, available: readonly NamedTerm[]): Sort {
  const known = (term: Term) => available.some((candidate) => sameTerm(candidate.term, term));
  const comparable = ({ kind }: Term) => !sort || !ofSubsets(sort.by) || kind === "subset";
  if (!sort) return defaultSort(available);
  if (sort.by === "index") return sort;
  const wanted = "from" in sort ? [sort.of, sort.from] : [sort.of];
  return wanted.every((term) => known(term) && comparable(term)) ? sort : defaultSort(available);
}

/** The sort after another kind is chosen, keeping the terms that fit. */
export function sortBy(by: Sort["by"], sort: Sort, available: readonly NamedTerm[]): Sort {
  const { descending } = sort;
  const usable = available
    .map(({ term }) => term)
    .filter(({ kind }) => !ofSubsets(by) || kind === "subset");
  const fits = (term: Term | undefined) =>
    usable.find((candidate) => term && sameTerm(candidate, term));
  const of = fits("of" in sort ? sort.of : undefined) ?? usable[0];
  const from =
    fits("from" in sort ? sort.from : undefined) ??
    usable.find((term) => of && !sameTerm(term, of)) ??
    of;
  if (by === "index" || !of || !from) return { by: "index", descending: false };
  if (by === "dead") return { by, of, descending: true };
  return by === "value" ? { by, of, descending } : { by, of, from, descending };
}

/** Indices of the two subjects whose divergence is shown: those sorted by, else the first two. */
export function shownPair(
  sort: Sort,
  subjects: readonly ShownSubject[],
): readonly [number, number] | null {
  const indexOf = (term: Term) =>
    subjects.findIndex(
      ({ place, key }) => term.kind === "subset" && term.place === place && term.key === key,
    );
  if (sort.by === "divergence") return [indexOf(sort.of), indexOf(sort.from)];
  return subjects.length > 1 ? [0, 1] : null;
}
