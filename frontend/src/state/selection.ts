/** Everything that a person has chosen on the page, its defaults, and its form in the address bar. */

import type { Index, Model } from "../api/schema";
import type { ModelId, Moment, UnitId } from "../api/types";
import { fitHues, type Hues, NO_HUES, remembered, withHue } from "../model/hues";
import { advance, findModel, firstShown, lastStep, momentAt, sameModel } from "../model/moments";
import { keyIn } from "../model/names";
import type { LinkedMoment, ShownSubset } from "../model/shown";

export type UnitsByLayer = ReadonlyMap<string, readonly number[]>;

export interface Selection {
  readonly view: string;
  readonly a: Moment;
  readonly b: LinkedMoment | null;
  /** Further runs, shown as lines over the steps. */
  readonly more: readonly ModelId[];
  readonly layers: readonly string[];
  readonly subsets: readonly ShownSubset[];
  /** Of all classes that were shown so far. */
  readonly hues: Hues;
  readonly instances: readonly number[];
  readonly marked: UnitsByLayer;
  readonly hidden: UnitsByLayer;
  readonly unit: UnitId | null;
  /** What was chosen of the options of the views, by key of the address; see options.ts. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Most panels that open by themselves. */
export const OPENED_PANELS = 4;

/**
 * The selection that `wanted` asks for, with defaults for what it leaves open or what does not exist:
 * newest run, last record, last two hidden layers, the two most confused classes. Null without a model.
 */
export function fit(wanted: Partial<Selection>, index: Index): Selection | null {
  const asked = wanted.a ? findModel(index, wanted.a) : null;
  const model = asked ?? firstShown(index.models);
  if (!model) return null;
  const known = asked
    ? wanted
    : { ...wanted, layers: undefined, subsets: undefined, instances: undefined };
  const hues = wanted.hues ?? NO_HUES;
  const subsets = keptSubsets(known.subsets, model) ?? defaultSubsets(model, hues);
  return {
    view: wanted.view ?? defaultView(wanted),
    a: asked && wanted.a ? momentAt(model, wanted.a.step) : momentAt(model, lastStep(model)),
    b: wanted.b && findModel(index, wanted.b) ? wanted.b : null,
    more: (wanted.more ?? []).filter((id) => findModel(index, id)),
    layers:
      kept(known.layers, new Set(model.layers.map((layer) => layer.name))) ?? defaultLayers(model),
    subsets,
    hues: remembered(hues, subsets, model),
    instances: (known.instances ?? []).filter((instance) => instance < (model.probe?.size ?? 0)),
    marked: wanted.marked ?? new Map(),
    hidden: wanted.hidden ?? new Map(),
    unit: wanted.unit ?? null,
    options: wanted.options ?? {},
  };
}

/** The front, or where a link from before there was one says what to show, the view that it opened then. */
const defaultView = (wanted: Partial<Selection>): string =>
  Object.keys(wanted).length > 0 ? "distributions" : "overview";

/** The selection after a reload: kept, with A at the newest record if it was at the last one. */
export function refit(selection: Selection, before: Index, after: Index): Selection | null {
  const model = findModel(after, selection.a);
  const a = model ? advance(selection.a, findModel(before, selection.a), model) : selection.a;
  return fit({ ...selection, a }, after);
}

/**
 * The selection moved to another run: layers and classes keep their names; instances stay if the probe
 * set is the same, marks and the unit panel if the units are (the runs started from the same weights).
 */
export function moved(
  selection: Selection,
  from: Model,
  to: Model,
  index: Index,
): Selection | null {
  const sameUnits = from.weights !== "" && from.weights === to.weights;
  const sameProbe = from.probe !== null && from.probe.hash === to.probe?.hash;
  const wasLast = selection.a.step === lastStep(from);
  const { b, subsets, ...rest } = selection;
  const partners = subsets.flatMap(({ key, hue }) => {
    const partner = keyIn(key, from, to);
    return partner === null ? [] : [{ key: partner, hue }];
  });
  return fit(
    {
      ...rest,
      a: momentAt(to, wasLast ? lastStep(to) : selection.a.step),
      b: b && sameModel(b, to) && b.link.kind === "same" ? null : b,
      ...(partners.length > 0 || subsets.length === 0 ? { subsets: partners } : {}),
      instances: sameProbe ? selection.instances : [],
      ...(sameUnits ? {} : { marked: new Map(), hidden: new Map(), unit: null }),
    },
    index,
  );
}

/** The shown subsets with `key` added, in its hue, or taken away. */
export function toggledSubset(
  shown: readonly ShownSubset[],
  key: string,
  model: Model,
  hues: Hues,
): readonly ShownSubset[] {
  if (shown.some((subset) => subset.key === key))
    return shown.filter((subset) => subset.key !== key);
  return [...shown, withHue(key, model, hues, shown)];
}

export function toggled<T>(values: readonly T[], value: T): readonly T[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}

export function toggledUnit(units: UnitsByLayer, { layer, unit }: UnitId): UnitsByLayer {
  const changed = new Map(units);
  const remaining = toggled(units.get(layer) ?? [], unit);
  if (remaining.length > 0) changed.set(layer, remaining);
  else changed.delete(layer);
  return changed;
}

function defaultLayers(model: Model): readonly string[] {
  if (model.hidden.length > 0) return model.hidden.slice(-OPENED_PANELS);
  return model.layers.slice(-2).map((layer) => layer.name);
}

function defaultSubsets(model: Model, hues: Hues): readonly ShownSubset[] {
  const recorded = new Set(model.subsets);
  const confused = (model.confused ?? [])
    .map((index) => `class:${index}`)
    .filter((key) => recorded.has(key));
  const classes = model.subsets.filter((key) => /^class:\d+$/.test(key)).slice(0, 2);
  const targets = model.subsets.filter((key) => key.startsWith("target:"));
  const extremes = [targets[0], targets.at(-1)].flatMap((key) => key ?? []);
  const candidates = [confused, classes, [...new Set(extremes)]];
  const chosen = candidates.find((keys) => keys.length === 2) ?? model.subsets.slice(0, 1);
  return chosen.reduce<readonly ShownSubset[]>(
    (shown, key) => toggledSubset(shown, key, model, hues),
    [],
  );
}

/** Those of `wanted` that exist; undefined when there were some and none exists. */
function kept(
  wanted: readonly string[] | undefined,
  known: ReadonlySet<string>,
): readonly string[] | undefined {
  const found = wanted?.filter((name) => known.has(name));
  return found?.length === 0 && wanted?.length !== 0 ? undefined : found;
}

function keptSubsets(
  wanted: readonly ShownSubset[] | undefined,
  model: Model,
): readonly ShownSubset[] | undefined {
  const keys = kept(
    wanted?.map((subset) => subset.key),
    new Set([...model.subsets, ...model.moments, ...(model.graph?.subsets ?? [])]),
  );
  const found = wanted?.filter((subset) => keys?.includes(subset.key)) ?? [];
  return keys && fitHues(found, model);
}
