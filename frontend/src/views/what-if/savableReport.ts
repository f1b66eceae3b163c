/** An attack report as a table and as a drawing. */

import type { AttackReport } from "../../api/schema";
import { DIVERGING, INK, type Theme } from "../../model/color";
import { percent } from "../../model/format";
import { shortName } from "../../model/names";
import type { Savable, Sheet } from "../../plot/saving";
import { box, documentOf, paragraphs, words } from "../../plot/svgText";
import * as state from "../../state/store";
import {
  areaTexts,
  columnsOf,
  fewText,
  groupName,
  measureName,
  scoreName,
  summary,
} from "./verdicts";

export function savableReport(run: string, report: AttackReport, measure: string): Savable {
  return {
    name: "attack report",
    tables: () => [reportTable(report)],
    drawing: () => reportDrawing(run, report, measure, state.theme.value),
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

const MARGIN = 16;
const LINE = 28;
const [NAMES, COUNTS, CELL] = [176, 144, 72];

/** The table, its cells tinted by how far an area lies from .5. */
export function reportDrawing(
  run: string,
  report: AttackReport,
  measure: string,
  theme: Theme,
): string {
  const [ink, colours] = [INK[theme], DIVERGING[theme]];
  const columns = columnsOf(report, measure);
  const width = Math.max(MARGIN + NAMES + COUNTS + columns.length * CELL, 720) + MARGIN;
  const head = paragraphs(
    MARGIN,
    MARGIN + 12,
    [`${run} · step ${report.step.toLocaleString("en")}`, ...summary(report, measure)],
    ink.text,
    Math.floor(width / 6),
  );
  const top = head.bottom + 16;
  const left = MARGIN + NAMES + COUNTS;
  const middle = 'text-anchor="middle"';
  const heads = columns.map((column, place) => {
    const score = report.scores[column];
    const name = score ? shortName(scoreName(score), 12) : "";
    return words(left + (place + 0.5) * CELL, top - 6, name, ink.faint, middle);
  });
  const rows = report.groups.flatMap((group, row) => {
    const y = top + row * LINE;
    const counts = `${group.rate === null ? "control" : percent(group.rate)} · ${group.positives} / ${group.negatives}`;
    const known = group.enough ? group.auroc : null;
    return [
      words(MARGIN, y + 17, shortName(groupName(group), 30), ink.text),
      words(MARGIN + NAMES, y + 17, counts, ink.faint),
      ...(known
        ? columns.flatMap((column, place) => {
            const area = known[column];
            if (!area) return [];
            const x = left + place * CELL;
            const [text, bounds] = areaTexts(area);
            const share = area.verdict === "none" ? 0 : Math.abs((area.value ?? 0.5) - 0.5) * 2;
            const tint = (area.value ?? 0.5) >= 0.5 ? colours.more : colours.less;
            return [
              box(x, y, CELL - 2, LINE - 2, `fill="${tint}" fill-opacity="${0.4 * share}"`),
              words(x + CELL / 2, y + 12, text, ink.text, middle),
              words(x + CELL / 2, y + 23, bounds, ink.faint, `${middle} font-size="9"`),
            ];
          })
        : [words(left, y + 17, fewText(group), ink.faint)]),
    ];
  });
  return documentOf(width, top + report.groups.length * LINE + MARGIN, ink, [
    head.text,
    ...heads,
    ...rows,
  ]);
}
