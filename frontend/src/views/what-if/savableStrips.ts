/** The strips of an image as tables. */

import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { className } from "../../model/names";
import type { Cell, Sheet } from "../../plot/csv";
import type { Savable } from "../../plot/saving";
import { flipText, headingOf, targetName } from "./groups";

export const savableStrips = (model: Model, strips: readonly Strip[]): Savable => ({
  name: "strips",
  subject: strips[0] ? headingOf(model, strips[0]) : "",
  caption: model.run,
  tableNames: ["steps", "units"],
  tables: () => tablesOf(model, strips),
});

/** The strips' numbers at each step, and the units that change most at each frame. */
export function tablesOf(model: Model, strips: readonly Strip[]): readonly Sheet[] {
  const names = [...new Set(strips.flatMap(({ classes }) => classes))].map(
    (index) => [index, `p ${className(model, index)}`] as const,
  );
  const steps: Sheet = [
    [
      ...["image", "towards", "flip", "step", "frame", "effect"],
      ...names.map(([, name]) => name),
      ...["l2", "linf", "random: effect"],
      ...names.map(([, name]) => `random: ${name}`),
    ],
    ...strips.flatMap((strip) => stepRows(model, strip, names)),
  ];
  const units: Sheet = [
    ["image", "towards", "layer", "unit", "step", "activation"],
    ...strips.flatMap((strip) => unitRows(model, strip)),
  ];
  return units.length > 1 ? [steps, units] : [steps];
}

const ofStrip = (model: Model, strip: Strip): Cell[] => [
  headingOf(model, strip),
  targetName(model, strip),
];

const unitRows = (model: Model, strip: Strip): readonly Cell[][] =>
  strip.layers.flatMap(({ layer, units }) =>
    units.flatMap(({ unit, activation }) =>
      strip.frames.map(({ step }, at) => [
        ...[...ofStrip(model, strip), layer, unit, step],
        activation[at] ?? Number.NaN,
      ]),
    ),
  );

function stepRows(
  model: Model,
  strip: Strip,
  names: readonly (readonly [index: number, name: string])[],
): readonly Cell[][] {
  const { curve, classes, frames } = strip;
  const frameOf = new Map(frames.map(({ step }, frame) => [step, frame + 1]));
  const at = (values: readonly number[] | undefined, step: number) => values?.[step] ?? Number.NaN;
  const ofClasses = (probability: readonly (readonly number[])[], step: number) =>
    names.map(([index]) => at(probability[classes.indexOf(index)], step));
  return curve.effect.map((effect, step) => [
    ...[...ofStrip(model, strip), flipText(model, strip)],
    ...[step, frameOf.get(step) ?? "", effect],
    ...ofClasses(curve.probability, step),
    ...[at(curve.l2, step), at(curve.linf, step), at(curve.controlEffect, step)],
    ...ofClasses(curve.controlProbability, step),
  ]);
}
