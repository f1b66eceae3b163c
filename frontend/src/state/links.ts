/** Links within the page, as the backend and views make them: values by key of the address. */

import type { Model } from "../api/schema";
import { type Hues, NO_HUES, withHue } from "../model/hues";
import { findModel } from "../model/moments";
import type { ShownSubset } from "../model/shown";
import { decode } from "./address";
import { fit } from "./selection";
import { awaited, index, selection } from "./store";

/** Show what a link says; what is null in it, and what it leaves out, stays as it is. */
export function openLink(link: object): void {
  const [now, known] = [selection.peek(), index.peek().value];
  if (!now || !known) return;
  const given = Object.entries(link).filter(([, value]) => value !== null);
  const wanted = decode(new Map(given.map(([key, value]) => [key, JSON.stringify(value)])));
  const options = { ...now.options };
  for (const [key, values] of Object.entries(wanted.options ?? {}))
    options[key] = { ...options[key], ...values };
  const model = findModel(known, wanted.a ?? now.a);
  const keys = wanted.subsets?.map(({ key }) => key);
  const subsets = keys && model ? hued(keys, model, now.hues) : now.subsets;
  awaited.value = null;
  selection.value = fit({ ...now, ...wanted, subsets, options }, known);
}

/** Subsets to show, each in the hue that it has on the page. */
export function hued(
  keys: readonly string[],
  model: Model,
  hues: Hues | null,
): readonly ShownSubset[] {
  const shown: ShownSubset[] = [];
  for (const key of keys) shown.push(withHue(key, model, hues ?? NO_HUES, shown));
  return shown;
}
