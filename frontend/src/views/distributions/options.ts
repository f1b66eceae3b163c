import { fields, flag, natural, oneOf, orNull, type Reader, text } from "../../model/readers";
import type { Sort, Term } from "../../model/shown";
import { defineOptions, option, type ValueOf } from "../../state/options";
import { COMPARED } from "../../state/shared";

const place = oneOf("A", "B");
const term: Reader<Term> = (value) =>
  fields<Term & { kind: "subset" }>({ kind: oneOf("subset"), place, key: text })(value) ??
  fields<Term & { kind: "instance" }>({ kind: oneOf("instance"), place, instance: natural })(value);

const sort: Reader<Sort> = (value) =>
  fields<Sort & { by: "index" }>({ by: oneOf("index"), descending: flag })(value) ??
  fields<Sort & { by: "value" | "dead" }>({
    by: oneOf("value", "dead"),
    of: term,
    descending: flag,
  })(value) ??
  fields<Sort & { from: Term }>({
    by: oneOf("difference", "divergence"),
    of: term,
    from: term,
    descending: flag,
  })(value);

/** How the units are sorted and drawn. */
export const distributionOptions = defineOptions("options", {
  ...COMPARED,
  /** `null` is the default: divergence between the first two subjects, else the median of the only one. */
  sort: option(orNull(sort), null),
  axis: option(oneOf("shared", "own"), "own"),
  scale: option(oneOf("linear", "symlog"), "linear"),
  stacking: option(oneOf("overlay", "stacked"), "stacked"),
  markedOnly: option(flag, false),
  search: option(text, ""),
});

export type DistributionOptions = ValueOf<typeof distributionOptions>;
