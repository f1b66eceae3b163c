/** Names are untrusted text: shown as they are, matched between runs, and told apart where they repeat. */

import type { Model } from "../api/schema";

/** What a person reads for `name`; an empty one says so. */
export function shownName(name: string): string {
  return name.trim() === "" ? "(empty)" : name;
}

/** `name` cut to at most `length` characters (code points), for places that cannot wrap or scroll. */
export function shortName(name: string, length = 40): string {
  const points = [...shownName(name)];
  return points.length <= length ? points.join("") : `${points.slice(0, length - 1).join("")}…`;
}

const toldApart = new WeakMap<readonly string[], readonly string[]>();

/** Names of the classes by index, repeated ones told apart by their index: `crane #134`. */
export function classNames(classes: readonly string[]): readonly string[] {
  const known = toldApart.get(classes);
  if (known) return known;
  const seen = new Map<string, number>();
  for (const name of classes) seen.set(name, (seen.get(name) ?? 0) + 1);
  const names = classes.map((name, index) =>
    (seen.get(name) ?? 0) > 1 ? `${shownName(name)} #${index}` : shownName(name),
  );
  toldApart.set(classes, names);
  return names;
}

export function className(model: Model, index: number): string {
  return classNames(model.classes)[index] ?? (index < 0 ? "unlabelled" : `class ${index}`);
}

/** What a person reads for the key of a subset. */
export function subsetName(model: Model, key: string): string {
  const given = Object.hasOwn(model.subsetNames, key) ? model.subsetNames[key] : undefined;
  if (given !== undefined) return shownName(given);
  const parts = parseKey(key);
  const within = parts.slice === null ? "" : shownName(parts.slice);
  if (parts.index === null) return within || key;
  const name = className(model, parts.index);
  const of = parts.kind === "predicted" ? `predicted ${name}` : name;
  return within ? `${within}, ${of}` : of;
}

interface Key {
  /** `all`, `class`, `predicted`, `unlabelled`, `slice`, `target` or `error`. */
  readonly kind: string;
  readonly slice: string | null;
  /** Index of a class or a bin. */
  readonly index: number | null;
}

/** The parts of a subset's key; the name of a slice may hold any character. */
export function parseKey(key: string): Key {
  const sliced = /^slice:(.*?)(?:\/class:(\d+))?$/s.exec(key);
  if (sliced) {
    const index = sliced[2] === undefined ? null : Number(sliced[2]);
    return { kind: index === null ? "slice" : "class", slice: sliced[1] ?? "", index };
  }
  const indexed = /^(\w+):(\d+)$/.exec(key);
  if (indexed) return { kind: indexed[1] ?? "", slice: null, index: Number(indexed[2]) };
  return { kind: key, slice: null, index: null };
}

/**
 * The key that `key` of one run has in another, or null when it has no partner there. Classes match by
 * name and bins of a regression by their bounds, never by position; what is neither matches by its key.
 */
export function keyIn(key: string, from: Model, to: Model): string | null {
  const { kind, index } = parseKey(key);
  if (index === null) return key;
  if (kind === "target" || kind === "error") return binPartner(key, kind, from, to);
  if (kind !== "class" && kind !== "predicted") return key;
  const partner = classPartner(from.classes, to.classes, index);
  return partner === null ? null : key.replace(/\d+$/, String(partner));
}

/** The key in `to` of the bin that has the bounds, and so the name, of the bin `key` of `from`, or null. */
function binPartner(key: string, kind: string, from: Model, to: Model): string | null {
  const name = from.subsetNames[key];
  if (name === undefined) return null;
  if (to.subsetNames[key] === name) return key;
  const known = Object.keys(to.subsetNames);
  return (
    known.find((other) => parseKey(other).kind === kind && to.subsetNames[other] === name) ?? null
  );
}

/**
 * Index in `to` of the class at `index` in `from`, or null. A name that repeats is told apart by its
 * index, so it matches only where the other list holds it at the same place.
 */
export function classPartner(
  from: readonly string[],
  to: readonly string[],
  index: number,
): number | null {
  const name = from[index];
  if (name === undefined) return null;
  const unique = isUnique(from, name);
  if (unique !== isUnique(to, name)) return null;
  if (unique) return to.indexOf(name);
  return to[index] === name ? index : null;
}

function isUnique(classes: readonly string[], name: string): boolean {
  const first = classes.indexOf(name);
  return first >= 0 && classes.indexOf(name, first + 1) < 0;
}
