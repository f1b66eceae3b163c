/** Ablated units as a table. */

import type { Ablation, Ablations, AblationsOf, Model } from "../../api/schema";
import { className, subsetName } from "../../model/names";
import type { Savable, Sheet } from "../../plot/saving";
import { unitTitle } from "../../state/unitNames";

export function savableRemovals(
  model: Model,
  found: Ablations,
  removed: AblationsOf,
  rows: readonly Ablation[],
): Savable {
  return {
    name: "ablation",
    caption: `${model.run} · step ${found.step.toLocaleString("en")}`,
    tables: () => [removalTable(model, found, removed, rows)],
  };
}

/** Changes have the sign that the logit changes by. */
export function removalTable(
  model: Model,
  { step, replacement }: Ablations,
  { subset }: AblationsOf,
  rows: readonly Ablation[],
): Sheet {
  return [
    [
      ...["step", "class", "replaced by", "layer", "unit", "name"],
      ...["predicted change of logit", "measured change of logit"],
      ...["inputs", "correct before", "correct after", "most gained class"],
    ],
    ...rows.map((row) => [
      ...[step, subsetName(model, subset), replacement, row.layer, row.unit],
      unitTitle(model, row),
      ...[
        -(row.predicted ?? Number.NaN),
        -(row.measured ?? Number.NaN),
        row.inputs,
        row.correct,
        row.correctAfter,
      ],
      row.takenFor === null ? "" : className(model, row.takenFor),
    ]),
  ];
}
