/**
 * Options of the views: each is declared once, with its default and how it is read out of a link. What is
 * chosen stands in the selection under a key of the address; one that a link has wrong costs only itself.
 */

import { computed } from "@preact/signals";
import type { Model } from "../api/schema";
import type { Reader } from "../model/readers";
import { choose, modelA, selection } from "./store";

export interface Option<T> {
  readonly initial: T;
  read(value: unknown): T | undefined;
  /** What stands for a value that a model does not offer. */
  fit(value: T, model: Model): T;
}

type Spec = Readonly<Record<string, Option<unknown>>>;

export type OptionsOf<S> = {
  readonly [Name in keyof S]: S[Name] extends Option<infer T> ? T : never;
};

export interface Options<T> {
  /** Reading it in a component or an effect subscribes. */
  readonly value: T;
  readonly initial: T;
  readonly peek: () => T;
  readonly choose: (changes: Partial<T>) => void;
}

export type ValueOf<O> = O extends Options<infer T> ? T : never;

/** One option; `fit` may replace what comes from another run, or from a link. */
export const option = <T>(
  read: Reader<T>,
  initial: NoInfer<T>,
  fit: (value: T, model: Model) => T = (value) => value,
): Option<T> => ({ initial, read, fit });

const known = new Map<string, Spec>();

/** Declare options under a key of the address; several may share one. */
export function defineOptions<S extends Spec>(key: string, spec: S): Options<OptionsOf<S>> {
  known.set(key, { ...known.get(key), ...spec });
  const chosen = computed(() => selection.value?.options[key] ?? NONE);
  const value = computed(() => {
    const model = modelA.value;
    const fitted = Object.entries(spec).map(([name, { initial, fit }]) => {
      const wanted = Object.hasOwn(chosen.value, name) ? chosen.value[name] : initial;
      return [name, model ? fit(wanted, model) : wanted];
    });
    return Object.fromEntries(fitted) as OptionsOf<S>;
  });
  const initial = Object.entries(spec).map(([name, one]) => [name, one.initial]);
  return {
    get value() {
      return value.value;
    },
    initial: Object.fromEntries(initial) as OptionsOf<S>,
    peek: () => value.peek(),
    choose: (changes) => {
      const all = selection.peek()?.options;
      choose({ options: { ...all, [key]: { ...all?.[key], ...changes } } });
    },
  };
}

/** Values by name, those that were chosen alone. */
export type Chosen = Readonly<Record<string, unknown>>;

const NONE: Chosen = {};

/** By key of the address, what differs from the defaults. */
export function changedOptions(all: Readonly<Record<string, Chosen>>): ReadonlyMap<string, Chosen> {
  const found = new Map<string, Chosen>();
  for (const [key, spec] of known) {
    const changed = Object.entries(all[key] ?? NONE).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(spec[name]?.initial),
    );
    if (changed.length) found.set(key, Object.fromEntries(changed));
  }
  return found;
}

/** The options in a link; what is not known, or not as expected, is left out by itself. */
export function readOptions(
  at: (key: string) => unknown,
): Readonly<Record<string, Chosen>> | undefined {
  const found: Record<string, Chosen> = {};
  for (const [key, spec] of known) {
    const given = at(key);
    if (typeof given !== "object" || given === null) continue;
    const values = Object.entries(given).flatMap(([name, value]) => {
      const read = Object.hasOwn(spec, name) ? spec[name]?.read(value) : undefined;
      return read === undefined ? [] : [[name, read] as const];
    });
    if (values.length) found[key] = Object.fromEntries(values);
  }
  return Object.keys(found).length ? found : undefined;
}
