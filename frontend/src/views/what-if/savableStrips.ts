/** The strips of an image as tables. */

import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { className } from "../../model/names";
import type { Sheet } from "../../plot/csv";
import type { Savable } from "../../plot/saving";
import { flipText, headingOf, targetName } from "./groups";

export const savableStrips = (model: Model, strips: readonly Strip[]): Savable => ({
  name: "strips",
  caption: model.run,
  tables: () => strips.flatMap((strip) => tablesOf(model, strip)),
});

/** A strip's numbers at each step, and the units that change most at each frame. */
export function tablesOf(model: Model, strip: Strip): readonly Sheet[] {
  const { curve, classes, frames } = strip;
  const names = classes.map((index) => `p ${className(model, index)}`);
  const towards = `${headingOf(model, strip)}, towards ${targetName(model, strip)}`;
  const at = (values: readonly number[] | undefined, step: number) => values?.[step] ?? Number.NaN;
  const frameOf = new Map(frames.map(({ step }, frame) => [step, frame + 1]));
  const steps: Sheet = [
    [towards, flipText(model, strip)],
    [
      ...["step", "frame", "effect", ...names, "l2", "linf", "random: effect"],
      ...names.map((name) => `random: ${name}`),
    ],
    ...curve.effect.map((effect, step) => [
      ...[step, frameOf.get(step) ?? "", effect],
      ...curve.probability.map((values) => at(values, step)),
      ...[at(curve.l2, step), at(curve.linf, step), at(curve.controlEffect, step)],
      ...curve.controlProbability.map((values) => at(values, step)),
    ]),
  ];
  const units: Sheet = [
    ["layer", "unit", ...frames.map(({ step }) => `activation at step ${step}`)],
    ...strip.layers.flatMap(({ layer, units: changed }) =>
      changed.map(({ unit, activation }) => [layer, unit, ...activation]),
    ),
  ];
  return units.length > 1 ? [steps, units] : [steps];
}
