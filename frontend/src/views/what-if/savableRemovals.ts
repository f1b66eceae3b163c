/** Removed units as a table and as a drawing. */

import type { Ablation, Ablations, AblationsOf, Model } from "../../api/schema";
import { INK, type Theme } from "../../model/color";
import { short } from "../../model/format";
import { className, shownName, subsetName } from "../../model/names";
import { position, scaleOver, ticks } from "../../model/scale";
import type { Savable, Sheet } from "../../plot/saving";
import { documentOf, paragraphs, stroke, words } from "../../plot/svgText";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import { accuracyText, changes, changeText, removalSentence, takenText } from "./removal";

export function savableRemovals(
  model: Model,
  found: Ablations,
  removed: AblationsOf,
  rows: readonly Ablation[],
): Savable {
  return {
    name: "removal",
    tables: () => [removalTable(model, found, removed, rows)],
    drawing: () => removalDrawing(model, found, removed, rows, state.theme.value),
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
      ...["step", "class", "replaced with", "layer", "unit", "name"],
      ...["predicted change of logit", "measured change of logit"],
      ...["inputs", "correct before", "correct after", "then taken for"],
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

const MARGIN = 16;
const LINE = 20;
const ABOVE = 56;
const [NAMES, AXIS, NUMBERS] = [232, 280, 400];

/** A line a unit: hollow what was predicted, filled what was measured. */
export function removalDrawing(
  model: Model,
  found: Ablations,
  removed: AblationsOf,
  rows: readonly Ablation[],
  theme: Theme,
): string {
  const ink = INK[theme];
  const left = MARGIN + NAMES;
  const x = scaleOver("linear", changes(removed.rows), [left, left + AXIS]);
  const said = removalSentence(model, removed, found.replacement);
  const where = `${model.run} · step ${found.step.toLocaleString("en")}`;
  const head = paragraphs(MARGIN, 24, [where, said], ink.text, 144);
  const top = head.bottom + ABOVE - 16;
  const bottom = top + rows.length * LINE;
  const right = left + AXIS + 72;
  const end = 'text-anchor="end"';
  const parts = rows.flatMap((row, place) => {
    const y = top + (place + 0.5) * LINE;
    const at = (fall: number) => position(x, -fall);
    return [
      words(MARGIN, y + 4, `${unitTitle(model, row)} · ${shownName(row.layer)}`, ink.text),
      stroke([position(x, 0), y], [at(row.measured ?? 0), y], ink.faint),
      ...(row.predicted === null
        ? []
        : [`<circle cx="${at(row.predicted)}" cy="${y}" r="5" fill="none" stroke="${ink.text}"/>`]),
      `<circle cx="${at(row.measured ?? 0)}" cy="${y}" r="3.5" fill="${ink.accent}"/>`,
      words(right + 40, y + 4, changeText(row.predicted), ink.text, end),
      words(right + 112, y + 4, changeText(row.measured), ink.text, end),
      words(right + 192, y + 4, accuracyText(row), ink.text, end),
      words(right + 208, y + 4, takenText(model, row.takenFor), ink.text),
    ];
  });
  return documentOf(right + NUMBERS, bottom + MARGIN, ink, [
    head.text,
    ...ticks(x).flatMap((value) => [
      words(position(x, value), top - 8, short(value, 2), ink.faint, 'text-anchor="middle"'),
      stroke([position(x, value), top], [position(x, value), bottom], ink.line),
    ]),
    words(left + AXIS / 2, top - 24, "change of the logit", ink.faint, 'text-anchor="middle"'),
    words(right + 40, top - 8, "○ predicted", ink.faint, end),
    words(right + 112, top - 8, "● measured", ink.faint, end),
    words(right + 192, top - 8, "accuracy", ink.faint, end),
    words(right + 208, top - 8, "then taken for", ink.faint),
    ...parts,
  ]);
}
