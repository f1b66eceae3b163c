/** Options that more than one part of the page reads or sets. */

import type { Measure } from "../api/schema";
import { finite, list, natural, oneOf, orNull, type Reader, text } from "../model/readers";
import { defineOptions, option } from "./options";

const share: Reader<number> = (value) =>
  typeof value === "number" && value > 0 && value <= 1 ? value : undefined;

const measure = oneOf<Measure>("contribution", "maximum", "summit");

/** How activation and influence are counted: for the graph, a unit's panel and the classes; null is the usual. */
export const COUNTING = {
  measure: option(orNull(measure), null, (value, { graph }) =>
    value !== null && graph?.measures.includes(value) ? value : null,
  ),
  /** Share of the activation mass that counts. */
  mass: option(orNull(share), null, (value, { graph }) =>
    value !== null && graph?.masses.includes(value) ? value : null,
  ),
  /** What the mass is of: `activation`, or `deviation` from the mean; the backend chooses by layer. */
  of: option(orNull(oneOf<string>("activation", "deviation")), null),
  /** The layer of the classes' map and similarity; null is the last hidden one. */
  embedding: option(orNull(text), null),
  /** Rows of the graph that are opened to their inner layers. */
  open: option(list(text), []),
} as const;

export const counting = defineOptions("graph", COUNTING);

/** A layer with a map, and how far it is to the next one; older links have its place among these layers. */
export type LayerPlace = number | string | readonly [layer: string, on: number];

const place: Reader<LayerPlace> = (value) => {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return Number(value) >= 0 ? finite(value) : undefined;
  const [layer, on] = [text(value[0]), finite(value[1])];
  return layer === undefined || on === undefined ? undefined : [layer, on];
};

/** An empty name is the last hidden layer, which tells most apart. */
export const MAPPED = {
  layer: option(place, "", (value, { hidden }) => (value === "" ? (hidden.at(-1) ?? 0) : value)),
} as const;

export const mapped = defineOptions("projection", MAPPED);

/** With a B: A beside B, or A minus B. */
export const COMPARED = { comparison: option(oneOf("beside", "minus"), "beside") } as const;

export const compared = defineOptions("options", COMPARED);

/** A true class and the one that inputs of it are predicted as, by index. */
export type Confusion = readonly [truth: number, predicted: number];

const confusion: Reader<Confusion> = (value) => {
  const [truth, predicted] = list(natural)(value) ?? [];
  return truth === undefined || predicted === undefined || truth === predicted
    ? undefined
    : [truth, predicted];
};

/** The confusion that the overview explains; null for the overview itself. */
export const EXPLAINED = {
  why: option(orNull(confusion), null, (value, { classes }) =>
    value?.every((index) => index < classes.length) ? value : null,
  ),
} as const;

export const explained = defineOptions("overview", EXPLAINED);
