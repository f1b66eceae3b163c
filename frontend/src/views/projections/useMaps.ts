/** The maps of both moments at the two steps that the picture is between. */

import { useMemo } from "preact/hooks";
import { ofModel, type Request, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Projection, Remote } from "../../api/types";
import { follow, nearestEarlier, sameModel } from "../../model/moments";
import { ranges } from "../../model/ranges";
import type { Slot } from "../../model/shown";
import { answerTo, useAnswers } from "../../state/answers";
import * as state from "../../state/store";
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
  readonly place: Slot;
  readonly model: Model;
  readonly from: Maps;
  readonly to: Maps;
}

export interface Mapped {
  /** Of which models, instances and method; the same at all steps. */
  readonly of: string;
  /** Positions among A's steps that the maps are of. */
  readonly span: readonly [number, number];
  readonly sides: readonly MappedSide[];
  /** Why there is no B beside A; null where there is, or none is chosen. */
  readonly note: string | null;
}

export interface MapQuestion {
  readonly model: Model;
  readonly method: string;
  readonly steps: readonly number[];
  readonly span: readonly [number, number];
  /** Null for the whole probe set. */
  readonly chosen: readonly number[] | null;
}

export function useMaps(question: MapQuestion): Remote<Mapped> {
  const { model, span, steps } = question;
  const other = state.modelB.value;
  const reason = other && whyAlone(question, other);
  const compared = reason ? null : other;
  const stepsOfA = span.map((at) => steps[at] ?? 0);
  const stepsOfB = compared ? stepsOfA.map((step) => stepOfB(question, compared, step)) : [];
  const answer = useAnswers(
    [
      ...stepsOfA.map((step) => mapAt(question, model, step, null)),
      ...(compared ? stepsOfB.map((step) => mapAt(question, compared, step, model)) : []),
    ],
    { span, reason },
  );
  const { value, about } = answer;
  const mapped = useMemo(
    () => value && about && mappedOf(question, compared, value, about),
    [value, about],
  );
  usePrefetched(question, answer.state === "ready");
  return { ...answer, value: mapped } as Remote<Mapped>;
}

/** The question for the maps of a step, laid as those of `anchor` where that is another run. */
const mapAt = (
  { method, chosen }: MapQuestion,
  of: Model,
  step: number,
  anchor: Model | null,
): Request<Projection> =>
  request("projection", {
    ...ofModel(of),
    step,
    instances: chosen && ranges(chosen),
    ...mappedBy(method, of, anchor),
  });

/** How maps are made, as it is sent: what is usual is left out. */
export const mappedBy = (method: string, of: Model, anchor: Model | null) => {
  const other = anchor && !sameModel(of, anchor) ? anchor : null;
  return {
    method: method === "pivot_mds" ? null : method,
    anchor_run: other?.run,
    anchor_model: other?.model,
  };
};

function mappedOf(
  { model, method, chosen }: MapQuestion,
  other: Model | null,
  found: readonly Projection[],
  { span, reason }: { readonly span: readonly [number, number]; readonly reason: string | null },
): Mapped {
  const [own, theirs] = [found.slice(0, 2), found.slice(2)];
  const names = new Set(own.flatMap(({ meta }) => meta.layers));
  const layers = model.layers.map(({ name }) => name).filter((name) => names.has(name));
  const size = model.probe?.size ?? 0;
  const a = sideOf("A", model, own, size, layers);
  const isCompared = other !== null && theirs.length > 0;
  const of = JSON.stringify([ofModel(model), method, isCompared && ofModel(other), chosen]);
  if (!isCompared) return { of, span, sides: [a], note: reason };
  const unanchored = theirs.find(({ meta }) => meta.reason)?.meta.reason ?? null;
  return { of, span, sides: [a, sideOf("B", other, theirs, size, layers)], note: unanchored };
}

function whyAlone({ model, method }: MapQuestion, other: Model): string | null {
  if (model.probe?.hash !== other.probe?.hash)
    return "A and B use different probe sets, so their maps cannot be aligned.";
  if (stepsOf(other, method).length === 0) return "B has no maps by this method.";
  return null;
}

/** The step of B that has maps and goes with a step of A. */
function stepOfB({ model, method }: MapQuestion, other: Model, step: number): number {
  const link = state.b.peek()?.link;
  const record = link ? follow(link, model, step, other) : 0;
  const steps = stepsOf(other, method);
  return steps[nearestEarlier(steps, other.steps[record] ?? 0)] ?? 0;
}

/** Ask for the maps that playing or one more key would ask for next. */
function usePrefetched(question: MapQuestion, isReady: boolean): void {
  const { model, span, steps } = question;
  const around = isReady ? [steps[span[1] + 1], steps[span[0] - 1]] : [];
  for (const step of around) if (step !== undefined) answerTo(mapAt(question, model, step, null));
}

function sideOf(
  place: Slot,
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
