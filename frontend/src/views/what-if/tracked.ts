/** The classes whose probabilities a strip shows, as they are named and marked. */

import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { freeHue, hueColour, type Theme } from "../../model/color";
import { className } from "../../model/names";
import { GLYPHS, type Glyph, type ShownSubset } from "../../model/shown";

export interface Tracked {
  /** Index of the class. */
  readonly index: number;
  readonly name: string;
  readonly colour: string;
  readonly glyph: Glyph;
}

/** Each in the hue of its subset where that is shown, else in its own or the next free one. */
export function trackedClasses(
  model: Model,
  { classes }: Pick<Strip, "classes">,
  shown: readonly ShownSubset[],
  theme: Theme,
): readonly Tracked[] {
  const taken: number[] = [];
  return classes.map((index, place) => {
    const own = shown.find(({ key }) => key === `class:${index}`)?.hue;
    const hue = own ?? freeHue(index, taken);
    taken.push(hue);
    return {
      index,
      name: className(model, index),
      colour: hueColour(hue, theme),
      glyph: GLYPHS[place % GLYPHS.length] ?? "circle",
    };
  });
}
