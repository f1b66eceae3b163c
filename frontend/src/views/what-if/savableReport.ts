/** An attack report as a table. */

import type { AttackReport } from "../../api/schema";
import type { Sheet } from "../../plot/csv";
import type { Savable } from "../../plot/saving";
import { fewText, measureName } from "./verdicts";

export function savableReport(run: string, report: AttackReport): Savable {
  return {
    name: "attack-report",
    subject: "",
    caption: `${run} · step ${report.step.toLocaleString("en")}`,
    tables: () => [reportTable(report)],
  };
}

/** A line a group and score, all measures; areas only where there are enough inputs. */
export function reportTable(report: AttackReport): Sheet {
  return [
    [
      ...["step", "group", "of", "strength", "success rate", "inputs", "positives", "negatives"],
      ...["score", "layer", "auroc", "low", "high", "verdict"],
    ],
    ...report.groups.flatMap((group) =>
      report.scores.map(({ measure, layer }, place) => {
        const area = group.enough ? group.auroc?.[place] : undefined;
        return [
          ...[report.step, group.name, group.of, group.strength ?? Number.NaN],
          ...[group.rate ?? Number.NaN, group.inputs, group.positives, group.negatives],
          ...[measureName(measure), layer],
          ...[area?.value, area?.low, area?.high].map((value) => value ?? Number.NaN),
          area?.verdict ?? (group.enough ? "" : fewText(group)),
        ];
      }),
    ),
  ];
}
