/** The classes whose probabilities a strip shows, as they are named and marked. */

import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { hueColour, type Theme } from "../../model/color";
import { freeHue, type Hues } from "../../model/hues";
import { className, subsetName } from "../../model/names";
import { GLYPHS, type Glyph } from "../../model/shown";

export interface Tracked {
  /** Index of the class. */
  readonly index: number;
  readonly name: string;
  readonly colour: string;
  readonly glyph: Glyph;
}

/** Each in the hue that its class has, or in a free one. */
export function trackedClasses(
  model: Model,
  { classes }: Pick<Strip, "classes">,
  hues: Hues,
  theme: Theme,
): readonly Tracked[] {
  const taken: number[] = [];
  return classes.map((index, place) => {
    const own = hues.get(subsetName(model, `class:${index}`));
    const hue = own ?? freeHue([...taken, ...hues.values()]);
    taken.push(hue);
    return {
      index,
      name: className(model, index),
      colour: hueColour(hue, theme),
      glyph: GLYPHS[place % GLYPHS.length] ?? "circle",
    };
  });
}
