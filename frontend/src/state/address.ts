/** The selection as text for the address bar, a key a part; what cannot be read is left out. */

import type { ModelId, Moment, UnitId } from "../api/types";
import {
  between,
  fields,
  finite,
  flag,
  list,
  natural,
  number,
  oneOf,
  orNull,
  type Reader,
  text,
  tuple,
} from "../model/readers";
import type { Link, LinkedMoment, ShownSubset, Sort, Term } from "../model/shown";
import type { Selection, UnitsByLayer } from "./selection";
import { DEFAULT_GRAPH, DEFAULT_OPTIONS, GAP, PITCH } from "./selection";
import type { ViewOptions } from "./viewOptions";
import {
  type ArchitectureOptions,
  COLOURINGS,
  DEFAULT_ARCHITECTURE,
  DEFAULT_PROJECTION,
  DEFAULT_WHAT_IF,
  type GraphOptions,
  MEASURES,
  type ProjectionOptions,
  QUESTIONS,
  REMOVAL_ORDERS,
  SHADES,
  SIZES,
  STRIP_PICTURES,
  type WhatIfOptions,
} from "./viewOptions";

export type Parameters = ReadonlyMap<string, string>;

export function encode(selection: Selection): Parameters {
  const { view, a, b, more, layers, subsets, instances, marked, hidden, unit } = selection;
  const link = b && [b.run, b.model, ...Object.values(b.link)];
  const parts: Readonly<Record<string, unknown>> = {
    view,
    a: [a.run, a.model, a.step],
    layers,
    subsets: subsets.map(({ key, hue }) => [key, hue]),
    b: link ?? undefined,
    more: more.length ? more.map(({ run, model }) => [run, model]) : undefined,
    instances: instances.length ? runs(instances) : undefined,
    marked: marked.size ? [...marked] : undefined,
    hidden: hidden.size ? [...hidden] : undefined,
    unit: unit ? [unit.layer, unit.unit] : undefined,
    options: changed(selection.options, DEFAULT_OPTIONS),
    graph: changed(selection.graph, DEFAULT_GRAPH),
    projection: changed(selection.projection, DEFAULT_PROJECTION),
    whatIf: changed(selection.whatIf, DEFAULT_WHAT_IF),
    architecture: changed(selection.architecture, DEFAULT_ARCHITECTURE),
  };
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return new Map(present.map(([key, value]) => [key, JSON.stringify(value)]));
}

type Run = number | readonly [number, number];

/** Numbers of a probe set, three and more that follow one another as `[first, last]`: hundreds may be chosen. */
function runs(numbers: readonly number[]): readonly Run[] {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.flatMap(([first, last]): readonly Run[] => {
    if (last - first > 1) return [[first, last]];
    return first === last ? [first] : [first, last];
  });
}

/** More than a probe set has. */
const LONGEST_RUN = 100_000;

const numbersOf: Reader<readonly number[]> = (value) => {
  if (!Array.isArray(value)) return natural(value) === undefined ? undefined : [Number(value)];
  const [first, last] = [natural(value[0]), natural(value[1])];
  if (value.length !== 2 || first === undefined || last === undefined) return undefined;
  const length = last - first + 1;
  if (length < 1 || length > LONGEST_RUN) return undefined;
  return Array.from({ length }, (_, at) => first + at);
};

const instances: Reader<readonly number[]> = (value) => list(numbersOf)(value)?.flat();

/** What differs from the defaults; undefined where nothing does. */
function changed<T extends object>(options: T, defaults: T): Partial<T> | undefined {
  const different = Object.entries(options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name as keyof T]),
  );
  return different.length ? (Object.fromEntries(different) as Partial<T>) : undefined;
}

export function decode(parameters: Parameters): Partial<Selection> {
  const found: { -readonly [K in keyof Selection]?: Selection[K] } = {};
  for (const [key, read] of Object.entries(READERS) as [keyof Selection, Reader<never>][]) {
    const value = parsed(parameters.get(key), read);
    if (value !== undefined) found[key] = value;
  }
  return found;
}

function parsed<T>(text: string | undefined, read: Reader<T>): T | undefined {
  if (text === undefined) return undefined;
  try {
    return read(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const modelId = tuple<ModelId>({ run: text, model: text });

const link: Reader<Link> = (value) => {
  if (!Array.isArray(value)) return undefined;
  const [kind, detail] = value.slice(2);
  if (kind === "pinned")
    return fields<Link & { kind: "pinned" }>({ kind: oneOf("pinned"), step: number })({
      kind,
      step: detail,
    });
  if (kind === "same") {
    return fields<Link & { kind: "same" }>({
      kind: oneOf("same"),
      by: oneOf("step", "record", "time"),
    })({ kind, by: detail });
  }
  return fields<Link & { kind: "before" }>({ kind: oneOf("before"), records: natural })({
    kind,
    records: detail,
  });
};

const linkedMoment: Reader<LinkedMoment> = (value) => {
  const [id, follows] = [modelId(value), link(value)];
  return id && follows && { ...id, link: follows };
};

const unitsByLayer: Reader<UnitsByLayer> = (value) => {
  const rows = list(
    tuple<{ layer: string; units: readonly number[] }>({ layer: text, units: list(natural) }),
  )(value);
  return rows && new Map(rows.map(({ layer, units }) => [layer, units]));
};

const place = oneOf("A", "B");
const term: Reader<Term> = (value) =>
  fields<Term & { kind: "subset" }>({ kind: oneOf("subset"), place, key: text })(value) ??
  fields<Term & { kind: "instance" }>({ kind: oneOf("instance"), place, instance: natural })(value);

const sort: Reader<Sort> = (value) =>
  fields<Sort & { by: "index" }>({ by: oneOf("index"), descending: flag })(value) ??
  fields<Sort & { by: "value" }>({ by: oneOf("value"), of: term, descending: flag })(value) ??
  fields<Sort & { from: Term }>({
    by: oneOf("difference", "divergence"),
    of: term,
    from: term,
    descending: flag,
  })(value);

const options: Reader<ViewOptions> = (value) =>
  fields<ViewOptions>({
    sort: orNull(sort),
    axis: oneOf("shared", "own"),
    scale: oneOf("linear", "symlog"),
    stacking: oneOf("overlay", "stacked"),
    comparison: oneOf("beside", "minus"),
    markedOnly: flag,
    search: text,
  })({ ...DEFAULT_OPTIONS, ...(value as object) });

const share: Reader<number> = (value) =>
  typeof value === "number" && value > 0 && value <= 1 ? value : undefined;

const graph: Reader<GraphOptions> = (value) =>
  fields<GraphOptions>({
    measure: orNull(oneOf(...MEASURES)),
    mass: orNull(share),
    of: orNull(oneOf("activation", "deviation")),
    keep: orNull(share),
    lift: flag,
    directed: flag,
    size: oneOf(...SIZES),
    filter: between(0, 100),
    pitch: between(...PITCH),
    gap: between(...GAP),
    open: list(text),
    table: flag,
    embedding: orNull(text),
  })({ ...DEFAULT_GRAPH, ...(value as object) });

const projection: Reader<ProjectionOptions> = (value) =>
  fields<ProjectionOptions>({
    layer: (place) => (Number(place) >= 0 ? finite(place) : undefined),
    method: text,
    colour: oneOf(...COLOURINGS),
    show: oneOf("points", "pictures", "labels"),
    trails: oneOf("none", "layers", "steps"),
    pairs: flag,
    selectedOnly: flag,
    table: flag,
  })({ ...DEFAULT_PROJECTION, ...(value as object) });

const whatIf: Reader<WhatIfOptions> = (value) =>
  fields<WhatIfOptions>({
    question: orNull(oneOf(...QUESTIONS)),
    strip: orNull(text),
    frame: orNull(natural),
    picture: oneOf(...STRIP_PICTURES),
    replacement: oneOf("mean", "zero"),
    subset: orNull(text),
    layer: orNull(text),
    order: oneOf(...REMOVAL_ORDERS),
    measure: orNull(text),
  })({ ...DEFAULT_WHAT_IF, ...(value as object) });

const architecture: Reader<ArchitectureOptions> = (value) =>
  fields<ArchitectureOptions>({
    shade: oneOf(...SHADES),
    since: orNull(number),
    open: list(text),
    closed: list(text),
    layer: orNull(text),
    table: flag,
  })({ ...DEFAULT_ARCHITECTURE, ...(value as object) });

const READERS: { readonly [K in keyof Selection]: Reader<Selection[K]> } = {
  view: text,
  a: tuple<Moment>({ run: text, model: text, step: number }),
  b: linkedMoment,
  more: list(modelId),
  layers: list(text),
  subsets: list(tuple<ShownSubset>({ key: text, hue: natural })),
  instances,
  marked: unitsByLayer,
  hidden: unitsByLayer,
  unit: tuple<UnitId>({ layer: text, unit: natural }),
  options,
  graph,
  projection,
  whatIf,
  architecture,
};
