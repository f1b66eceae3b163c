import { flag, orNull, text } from "../../model/readers";
import { defineOptions, option, type ValueOf } from "../../state/options";
import { EXPLAINED } from "../../state/shared";

export const overviewOptions = defineOptions("overview", {
  ...EXPLAINED,
  /** Whether all findings are listed. */
  all: option(flag, false),
  /** Filters of the list: kind, layer and class of a finding; null is any. */
  kind: option(orNull(text), null),
  layer: option(orNull(text), null),
  of: option(orNull(text), null),
});

export type OverviewOptions = ValueOf<typeof overviewOptions>;
