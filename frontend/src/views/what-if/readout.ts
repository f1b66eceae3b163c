/** What is known of a frame, in words. */

import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { short } from "../../model/format";
import { className } from "../../model/names";
import { readoutOf } from "./frames";
import { probabilityText, targetOf } from "./groups";

/** The parts of a readout: where, how sure of each class, how large the change is. */
export function readoutParts(model: Model, strip: Strip, frame: number): readonly string[] {
  const found = readoutOf(strip, frame);
  const isUnit = targetOf(strip).kind === "unit";
  const random = (value: string) => ` (random ${value})`;
  return [
    `frame ${frame + 1} of ${strip.frames.length}`,
    `step ${found.step}`,
    `predicted as ${className(model, found.prediction)}`,
    ...(isUnit ? [`activation ${short(found.effect)}${random(short(found.controlEffect))}`] : []),
    ...strip.classes.map((index, place) => {
      const own = probabilityText(found.probability[place] ?? Number.NaN);
      const control = probabilityText(found.controlProbability[place] ?? Number.NaN);
      return `${className(model, index)} ${own}${random(control)}`;
    }),
    `‖δ‖₂ ${short(found.l2)}`,
    `‖δ‖∞ ${short(found.linf)}`,
    ...(frame > 0 ? [`difference ×${short(found.factor)}`] : []),
  ];
}

export const readoutText = (model: Model, strip: Strip, frame: number): string =>
  readoutParts(model, strip, frame).join(" · ");
