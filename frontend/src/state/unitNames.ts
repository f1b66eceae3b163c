/**
 * Names of units: those that the script gave, and before them those of the person at this browser, which
 * are kept in it, a run and model each.
 */

import { type Signal, signal } from "@preact/signals";
import { ofModel, request } from "../api/ask";
import type { Model } from "../api/schema";
import type { ModelId, UnitId, UnitNames } from "../api/types";
import { classNames } from "../model/names";
import { store, stored } from "../model/stored";
import { answerTo } from "./answers";

export interface NamedUnit extends UnitId {
  readonly name: string;
  /** Whether the name was given in this browser. */
  readonly own: boolean;
}

/** Longer names are cut. */
export const LONGEST = 120;

type Named = UnitId & { readonly name: string };
type Names = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** The name of a unit, or null; reading it in a component or an effect subscribes. */
export function unitName(model: Model, { layer, unit }: UnitId): string | null {
  return ownNames(model).get(layer)?.get(unit) ?? givenNames(model).get(layer)?.get(unit) ?? null;
}

/** `unit 62`, or `62 dog face` where it has a name. */
export function unitTitle(model: Model, id: UnitId): string {
  const name = unitName(model, id) ?? outputName(model, id);
  return name === null ? `unit ${id.unit}` : `${id.unit} ${name}`;
}

/** The class that a unit of the output layer stands for; null of other units. */
export function outputName(model: Model, { layer, unit }: UnitId): string | null {
  return outputNames(model, layer)[unit] ?? null;
}

/** Classes, a unit of the output layer each. */
function outputNames({ layers, classes }: Model, layer: string): readonly string[] {
  const found = layers.find(({ name }) => name === layer);
  return found?.output && found.units === classes.length ? classNames(classes) : [];
}

/** The names of a layer's units; those of outputs are their classes. */
export const layerNames = (model: Model, layer: string): ReadonlyMap<number, string> =>
  new Map([...outputNames(model, layer).entries(), ...givenIn(model, layer)]);

/** Names that were given to a layer's units, here or by the script. */
function givenIn(model: Model, layer: string): ReadonlyMap<number, string> {
  const [given, own] = [givenNames(model).get(layer), ownNames(model).get(layer)];
  return new Map([...(given ?? []), ...(own ?? [])]);
}

/** All named units: layers in the model's order, units by index. */
export function namedUnits(model: Model): readonly NamedUnit[] {
  const own = ownNames(model);
  return model.layers.flatMap(({ name: layer, units }) =>
    [...givenIn(model, layer)]
      .filter(([unit]) => unit < units)
      .sort(([one], [other]) => one - other)
      .map(([unit, name]) => ({ layer, unit, name, own: own.get(layer)?.has(unit) ?? false })),
  );
}

/** Name a unit in this browser; an empty name gives the script's back. */
export function nameUnit(model: ModelId, { layer, unit }: UnitId, name: string): void {
  const others = listed(ownNames(model)).filter((of) => of.layer !== layer || of.unit !== unit);
  const text = cut(name);
  keep(model, text === "" ? others : [...others, { layer, unit, name: text }]);
}

/** The names as a file, in the form that `annotate_units` and `importNames` take. */
export function exportNames(model: Model): string {
  return `${written(namedUnits(model), 2)}\n`;
}

/**
 * Take names out of a file into this browser, over those that are there.
 *
 * Returns how many were taken and how many are of units that the model lacks. Throws an error that says what
 * is wrong with the file.
 */
export function importNames(model: Model, text: string): { taken: number; unknown: number } {
  const found = readNames(text);
  const units = new Map(model.layers.map((layer) => [layer.name, layer.units]));
  const fitting = found.filter(({ layer, unit }) => unit < (units.get(layer) ?? 0));
  keep(model, [...listed(ownNames(model)), ...fitting]);
  return { taken: fitting.length, unknown: found.length - fitting.length };
}

/** Units and their names out of a file. */
function readNames(text: string): readonly Named[] {
  return entriesOf(parsed(text), "the file").flatMap(([layer, value]) =>
    entriesOf(value, `layer “${layer}”`).map(([unit, name]) => {
      if (!/^\d{1,9}$/.test(unit))
        throw new Error(`layer “${layer}”: “${unit}” is no index of a unit`);
      if (typeof name !== "string" || cut(name) === "")
        throw new Error(`layer “${layer}”, unit ${unit}: a name is a text that is not empty`);
      return { layer, unit: Number(unit), name: cut(name) };
    }),
  );
}

const FORM = 'expected {"layer": {"unit": "name"}}';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the file is no JSON; ${FORM}`);
  }
}

function entriesOf(value: unknown, what: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${what} is no object; ${FORM}`);
  return Object.entries(value);
}

const cut = (name: string): string => [...name.trim()].slice(0, LONGEST).join("").trim();

/** Of a unit that is named twice the later name counts. */
function namesOf(units: readonly Named[]): Names {
  const layers = new Map<string, Map<number, string>>();
  for (const { layer, unit, name } of units) {
    const part = layers.get(layer) ?? new Map<number, string>();
    layers.set(layer, part.set(unit, name));
  }
  return layers;
}

const listed = (names: Names): readonly Named[] =>
  [...names].flatMap(([layer, part]) => [...part].map(([unit, name]) => ({ layer, unit, name })));

function written(units: readonly Named[], indent = 0): string {
  const layers = [...namesOf(units)].map(([layer, part]) => [layer, Object.fromEntries(part)]);
  return JSON.stringify(Object.fromEntries(layers), null, indent);
}

const NONE: Names = new Map();

const arranged = new WeakMap<UnitNames, Names>();

function givenNames(model: Model): Names {
  const found = model.named ? answerTo(request("names", ofModel(model))).value : null;
  if (!found) return NONE;
  const names = arranged.get(found) ?? namesOf(entriesIn(found));
  arranged.set(found, names);
  return names;
}

const entriesIn = (names: UnitNames): readonly Named[] =>
  Object.entries(names).flatMap(([layer, part]) =>
    Object.entries(part).map(([unit, name]) => ({ layer, unit: Number(unit), name })),
  );

const kept = new Map<string, Signal<Names>>();

const placeOf = ({ run, model }: ModelId): string => `names.${JSON.stringify([run, model])}`;

function ownSignal(model: ModelId): Signal<Names> {
  const place = placeOf(model);
  const known = kept.get(place);
  if (known) return known;
  const made = signal(stillReadable(stored(place, "{}")));
  kept.set(place, made);
  return made;
}

const ownNames = (model: ModelId): Names => ownSignal(model).value;

function stillReadable(text: string): Names {
  try {
    return namesOf(readNames(text));
  } catch {
    return NONE;
  }
}

function keep(model: ModelId, units: readonly Named[]): void {
  ownSignal(model).value = namesOf(units);
  store(placeOf(model), written(units));
}
