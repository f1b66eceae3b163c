/** The selection as text for the address bar, a key a part; what cannot be read is left out. */

import type { ModelId, Moment, UnitId } from "../api/types";
import { HUES } from "../model/color";
import type { Hues } from "../model/hues";
import { fields, list, natural, number, oneOf, type Reader, text, tuple } from "../model/readers";
import type { Link, LinkedMoment, ShownSubset } from "../model/shown";
import { changedOptions, readOptions } from "./options";
import type { Selection, UnitsByLayer } from "./selection";

export type Parameters = ReadonlyMap<string, string>;

export function encode(selection: Selection): Parameters {
  const { view, a, b, more, layers, subsets, hues, instances, marked, hidden, unit } = selection;
  // those of classes that are shown stand beside them
  const others = [...hues].filter(([, hue]) => !subsets.some((shown) => shown.hue === hue));
  const link = b && [b.run, b.model, ...Object.values(b.link)];
  const parts: Readonly<Record<string, unknown>> = {
    view,
    a: [a.run, a.model, a.step],
    layers,
    subsets: subsets.map(({ key, hue }) => [key, hue]),
    hues: others.length ? others : undefined,
    b: link ?? undefined,
    more: more.length ? more.map(({ run, model }) => [run, model]) : undefined,
    instances: instances.length ? runs(instances) : undefined,
    marked: marked.size ? [...marked] : undefined,
    hidden: hidden.size ? [...hidden] : undefined,
    unit: unit ? [unit.layer, unit.unit] : undefined,
    ...Object.fromEntries(changedOptions(selection.options)),
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

export function decode(parameters: Parameters): Partial<Selection> {
  const found: { -readonly [K in keyof Selection]?: Selection[K] } = {};
  for (const [key, read] of Object.entries(READERS) as [keyof Selection, Reader<never>][]) {
    const value = parsed(parameters.get(key), read);
    if (value !== undefined) found[key] = value;
  }
  const options = readOptions((key) => parsed(parameters.get(key), (value) => value ?? undefined));
  return options ? { ...found, options } : found;
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

const hues: Reader<Hues> = (value) => {
  const rows = list(tuple<{ name: string; hue: number }>({ name: text, hue: natural }))(value);
  return rows && new Map(rows.flatMap(({ name, hue }) => (hue < HUES ? [[name, hue]] : [])));
};

const READERS: { readonly [K in Exclude<keyof Selection, "options">]: Reader<Selection[K]> } = {
  view: text,
  a: tuple<Moment>({ run: text, model: text, step: number }),
  b: linkedMoment,
  more: list(modelId),
  layers: list(text),
  subsets: list(tuple<ShownSubset>({ key: text, hue: natural })),
  hues,
  instances,
  marked: unitsByLayer,
  hidden: unitsByLayer,
  unit: tuple<UnitId>({ layer: text, unit: natural }),
};
