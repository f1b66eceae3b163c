/** What stands over the columns of a panel. */

import { nameOf } from "../../model/histograms/describe";
import type { PanelData } from "../../model/histograms/panel";
import type { Sort, Term } from "../../model/shown";

/** The two subjects that R and W₁ are of; null without a divergence. */
export function comparedNames({ divergence, subjects }: PanelData): string | null {
  const [one, other] = [divergence?.of, divergence?.from].map((index) => subjects[index ?? -1]);
  if (!one || !other) return null;
  if (one.key === other.key) return `${one.name} at ${one.place} and at ${other.place}`;
  return `${nameOf(one)} and ${nameOf(other)}`;
}

/** The column of what rows are sorted by: its head, and what that stands for. */
export function sortName(
  sort: Exclude<Sort, { by: "index" }>,
  data: PanelData,
): { readonly head: string; readonly text: string } {
  if (sort.by === "dead")
    return {
      head: "zeros",
      text: `share of ${termName(sort.of, data)} on which the unit is exactly 0; dead: on every input`,
    };
  const of = termName(sort.of, data);
  if (!("from" in sort))
    return sort.of.kind === "subset"
      ? { head: "median", text: `median of ${of}` }
      : { head: "activation", text: `activation of ${of}` };
  return { head: "difference", text: `${of} − ${termName(sort.from, data)}` };
}

function termName(term: Term, { subjects, instances }: PanelData): string {
  const isSubject = ({ place, key }: { readonly place: string; readonly key: string }) =>
    term.kind === "subset" && place === term.place && key === term.key;
  if (term.kind === "subset") return nameOf(subjects.find(isSubject));
  return (
    instances.find(({ place, mark }) => place === term.place && mark.instance === term.instance)
      ?.name ?? ""
  );
}
