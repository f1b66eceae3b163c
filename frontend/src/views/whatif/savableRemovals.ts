/** Removed units as a table and as a drawing. */

import { INK, type Theme } from "../../color";
import { className, shownName, subsetName } from "../../names";
import * as state from "../../state";
import type { Model } from "../../types";
import { unitTitle } from "../../unitNames";
import type { Ablations, Removal, RemovedOf } from "../../whatIfTypes";
import { position, scaleOver, short, ticks } from "../scale";
import { accuracyText, changes, changeText, removalSentence, takenText } from "./removal";
import type { Savable, Sheet } from "./saving";
import { documentOf, stroke, words } from "./svgText";

export function savableRemovals(
  model: Model,
  found: Ablations,
  removed: RemovedOf,
  rows: readonly Removal[],
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
  { subset }: RemovedOf,
  rows: readonly Removal[],
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
      ...[-(row.predicted ?? Number.NaN), -row.measured, row.inputs, row.correct, row.correctAfter],
      row.takenFor === null ? "" : className(model, row.takenFor),
    ]),
  ];
}

const MARGIN = 16;
const LINE = 20;
const HEAD = 72;
const [NAMES, AXIS, NUMBERS] = [232, 280, 320];

/** A line a unit: hollow what was predicted, filled what was measured. */
export function removalDrawing(
  model: Model,
  found: Ablations,
  removed: RemovedOf,
  rows: readonly Removal[],
  theme: Theme,
): string {
  const ink = INK[theme];
  const left = MARGIN + NAMES;
  const x = scaleOver("linear", changes(removed.rows), [left, left + AXIS]);
  const bottom = HEAD + rows.length * LINE;
  const right = left + AXIS + 16;
  const end = 'text-anchor="end"';
  const parts = rows.flatMap((row, place) => {
    const y = HEAD + (place + 0.5) * LINE;
    const at = (fall: number) => position(x, -fall);
    return [
      words(MARGIN, y + 4, `${unitTitle(model, row)} · ${shownName(row.layer)}`, ink.text),
      stroke([position(x, 0), y], [at(row.measured), y], ink.faint),
      ...(row.predicted === null
        ? []
        : [`<circle cx="${at(row.predicted)}" cy="${y}" r="5" fill="none" stroke="${ink.text}"/>`]),
      `<circle cx="${at(row.measured)}" cy="${y}" r="3.5" fill="${ink.accent}"/>`,
      words(right + 40, y + 4, changeText(row.predicted), ink.text, end),
      words(right + 96, y + 4, changeText(row.measured), ink.text, end),
      words(right + 176, y + 4, accuracyText(row), ink.text, end),
      words(right + 192, y + 4, takenText(model, row.takenFor), ink.text),
    ];
  });
  return documentOf(right + NUMBERS, bottom + MARGIN, ink, [
    words(MARGIN, 24, removalSentence(model, removed, found.replacement), ink.text),
    ...ticks(x).flatMap((value) => [
      words(position(x, value), HEAD - 8, short(value, 2), ink.faint, 'text-anchor="middle"'),
      stroke([position(x, value), HEAD], [position(x, value), bottom], ink.line),
    ]),
    words(left + AXIS / 2, HEAD - 24, "change of the logit", ink.faint, 'text-anchor="middle"'),
    words(right + 40, HEAD - 8, "○ predicted", ink.faint, end),
    words(right + 96, HEAD - 8, "● measured", ink.faint, end),
    words(right + 176, HEAD - 8, "accuracy", ink.faint, end),
    words(right + 192, HEAD - 8, "then taken for", ink.faint),
    ...parts,
  ]);
}
