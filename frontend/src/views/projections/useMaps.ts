/** The maps of both moments at the two steps that the picture is between. */

import * as api from "../../api/projectionRoutes";
import type { Projection } from "../../api/projectionTypes";
import type { Model, Moment, Place, Remote } from "../../api/types";
import { follow, nearestEarlier } from "../../model/moments";
import { useRemote } from "../../state/remote";
import * as state from "../../state/store";
import { useSeen } from "../../state/visible";
import { type Maps, mapsOf } from "./maps";

/** The recorded steps that have maps by a method. */
export const stepsOf = ({ projection }: Model, method: string): readonly number[] =>
  method === "pivot_mds" ? (projection?.steps ?? []) : (projection?.methods[method] ?? []);

/** Methods that a model has maps by. */
export const methodsOf = (model: Model): readonly string[] =>
  ["pivot_mds", ...Object.keys(model.projection?.methods ?? {})].filter(
    (method) => stepsOf(model, method).length > 0,
  );

export interface MappedSide {
  readonly place: Place;
  readonly model: Model;
  readonly from: Maps;
  readonly to: Maps;
}

export interface Mapped {
  /** Of which models, instances and method; the same at all steps. */
  readonly of: string;
  /** Places among A's steps that the maps are of. */
  readonly span: readonly [number, number];
  readonly sides: readonly MappedSide[];
  /** Why there is no B beside A; null where there is, or none is chosen. */
  readonly note: string | null;
}

export interface Question {
  readonly model: Model;
  readonly method: string;
  readonly steps: readonly number[];
  readonly span: readonly [number, number];
  /** Null for the whole probe set. */
  readonly chosen: readonly number[] | null;
}

export function useMaps(question: Question): Remote<Mapped> {
  const { model, method, span, chosen, steps } = question;
  const other = state.modelB.value;
  const link = state.b.value?.link ?? null;
  const asked = [model.run, model.model, method, span.map((at) => steps[at]), chosen];
  const key = [asked, other && [other.run, other.model, link], state.revision.value];
  return useRemote(useSeen(JSON.stringify(key)), () => ask(question, other));
}

async function ask(question: Question, other: Model | null): Promise<Mapped> {
  const { model, span, steps } = question;
  const size = model.probe?.size ?? 0;
  const own = await pair(
    question,
    model,
    span.map((at) => steps[at] ?? 0),
    false,
  );
  const names = new Set(own.flatMap(({ meta }) => meta.layers));
  const layers = model.layers.map(({ name }) => name).filter((name) => names.has(name));
  const a = sideOf("A", model, own, size, layers);
  prefetch(question);
  const reason = other && whyAlone(question, other);
  const compared = other && !reason && [other.run, other.model];
  const of = JSON.stringify([model.run, model.model, question.method, compared, question.chosen]);
  if (!other || reason) return { of, span, sides: [a], note: reason };
  const followed = span.map((at) => stepOfB(question, other, steps[at] ?? 0));
  const theirs = await pair(question, other, followed, true);
  const unanchored = theirs.find(({ meta }) => meta.reason)?.meta.reason ?? null;
  return { of, span, sides: [a, sideOf("B", other, theirs, size, layers)], note: unanchored };
}

function whyAlone({ model, method }: Question, other: Model): string | null {
  if (model.probe?.hash !== other.probe?.hash)
    return "B has another probe set: its maps cannot be laid beside those of A.";
  if (stepsOf(other, method).length === 0) return "B has no maps of this kind.";
  return null;
}

/** The step of B that has maps and goes with a step of A. */
function stepOfB({ model, method }: Question, other: Model, step: number): number {
  const link = state.b.peek()?.link;
  const record = link ? follow(link, model, step, other) : 0;
  const steps = stepsOf(other, method);
  return steps[nearestEarlier(steps, other.steps[record] ?? 0)] ?? 0;
}

const momentOf = ({ run, model }: Model, step: number): Moment => ({ run, model, step });

/** The maps of two steps, which may be one. */
function pair(
  { model, method, chosen }: Question,
  of: Model,
  steps: readonly number[],
  isOther: boolean,
): Promise<readonly Projection[]> {
  const anchor = isOther && (of.run !== model.run || of.model !== model.model) ? model : null;
  const mapping = { method, anchor };
  return Promise.all(steps.map((step) => api.projection(momentOf(of, step), mapping, chosen)));
}

/** The maps that playing or one more key would ask for next. */
function prefetch({ model, method, span, steps, chosen }: Question): void {
  for (const at of [span[1] + 1, span[0] - 1]) {
    const step = steps[at];
    if (step === undefined) continue;
    api.projection(momentOf(model, step), { method, anchor: null }, chosen).catch(() => undefined);
  }
}

function sideOf(
  place: Place,
  model: Model,
  [from, to]: readonly Projection[],
  size: number,
  layers: readonly string[],
): MappedSide {
  if (!from || !to) throw new Error("the maps of two steps were expected");
  return { place, model, from: kept(from, size, layers), to: kept(to, size, layers) };
}

const arranged = new WeakMap<Projection, Map<string, Maps>>();

/** One answer is arranged once, so that it is uploaded once. */
function kept(answer: Projection, size: number, layers: readonly string[]): Maps {
  const ways = arranged.get(answer) ?? new Map<string, Maps>();
  arranged.set(answer, ways);
  const key = JSON.stringify(layers);
  const known = ways.get(key) ?? mapsOf(answer, size, layers);
  ways.set(key, known);
  return known;
}
