/** All that is drawn of one run: what the page, the drawing and the table have in common. */

import { useMemo } from "preact/hooks";
import {
  type Architecture,
  architecture,
  layerSeries,
  type SeriesQuestion,
} from "../../api/architectureRoutes";
import * as api from "../../api/routes";
import type { Model, Moment, Place, Remote, Subject } from "../../api/types";
import { nearestEarlier } from "../../model/moments";
import { useRemote } from "../../state/remote";
import * as state from "../../state/store";
import type { ArchitectureOptions } from "../../state/viewOptions";
import { useSeen } from "../../state/visible";
import { type Scene, sceneIn } from "./scene";
import { joined, NOTHING, useSeries } from "./series";
import { type Numbers, type Present, type Told, toldOf } from "./shade";
import { type Branch, treeOf } from "./tree";

/** Numbers over the steps that are asked for at most: one takes the backend some milliseconds. */
const MOST_NUMBERS = 4000;
const MOST_DIVERGENCES = 1200;
const FEWEST_STEPS = 8;

export interface Picture {
  readonly place: Place;
  readonly model: Model;
  readonly moment: Moment;
  readonly architecture: Architecture;
  readonly tree: readonly Branch[];
  readonly scene: Scene;
  readonly numbers: Numbers;
  /** The number of each node, by its key. */
  readonly told: ReadonlyMap<string, Told>;
}

/** What is known of a run, as far as it has come; null without a run. */
export function usePicture(
  place: Place,
  model: Model | null,
  moment: Moment | null,
  options: ArchitectureOptions,
): Remote<Picture> | null {
  const key = useSeen(
    model && moment ? JSON.stringify([model.run, model.model, state.revision.value]) : null,
  );
  const answer = useRemote(key, async () => ({
    model,
    found: model && (await architecture(model)),
  }));
  const of = answer.value?.model;
  const isOurs = of?.run === model?.run && of?.model === model?.model;
  const found = isOurs ? (answer.value?.found ?? null) : null;
  const tree = useMemo(() => treeOf(found?.layers ?? []), [found]);
  const { open, closed } = options;
  const scene = useMemo(
    () => sceneIn(tree, found?.links ?? [], { open, closed }),
    [tree, found, open, closed],
  );
  const numbers = useNumbers(model, moment, options, found);
  const told = useMemo(
    () => new Map(scene.nodes.map((node) => [node.key, toldOf(node, numbers)])),
    [scene, numbers],
  );
  if (!model || !moment) return null;
  if (answer.state === "failed") return { ...answer, value: null };
  if (!found) return { state: "loading", value: null };
  const value = { place, model, moment, architecture: found, tree, scene, numbers, told };
  return { state: "ready", value };
}

/** The numbers at the present step, all at once, and then those over the steps. */
function useNumbers(
  model: Model | null,
  moment: Moment | null,
  { shade, since }: ArchitectureOptions,
  found: Architecture | null,
): Numbers {
  const pair = state.comparison.value;
  const [one, other] = shade === "divergence" && pair ? [pair[0].subject, pair[1].subject] : [];
  const question = useMemo(
    () => questionOf(shade, since, one, other, state.modelA.value),
    [shade, since, JSON.stringify([one, other])],
  );
  const [asked, step] =
    shade === "divergence" ? [state.modelA.value, state.a.value?.step] : [model, moment?.step];
  const names = useMemo(() => namesOf(found, asked), [found, asked]);
  const budget = shade === "divergence" ? MOST_DIVERGENCES : MOST_NUMBERS;
  const most = Math.max(FEWEST_STEPS, Math.floor(budget / (names.length || 1)));
  const series = useSeries(asked, question, names, most);
  const kind = JSON.stringify([asked?.run, asked?.model, question]);
  const key = JSON.stringify([kind, step, one, other, state.revision.value]);
  const answer = useRemote(useSeen(question && names.length ? key : null), async () => ({
    kind,
    present: one && other ? await compared(one, other) : await presentOf(asked, question, step),
  }));
  const present = question && answer.value?.kind === kind ? answer.value.present : NONE;
  const at = step === undefined ? -1 : nearestEarlier(series.steps, step);
  const failure = answer.state === "failed" ? answer.message : series.failure;
  return useMemo(() => ({ present, series, at, failure }), [present, series, at, failure]);
}

const NONE: ReadonlyMap<string, Present> = new Map();

async function compared(one: Subject, other: Subject): Promise<ReadonlyMap<string, Present>> {
  const found = await api.layers(one, other);
  return new Map(
    found.map(({ name, mean, reason }) => [name, { value: mean ?? Number.NaN, noise: 0, reason }]),
  );
}

async function presentOf(
  model: Model | null,
  question: SeriesQuestion | null,
  step: number | undefined,
): Promise<ReadonlyMap<string, Present>> {
  if (!model || !question || step === undefined) return NONE;
  const { rows } = joined(NOTHING, await layerSeries(model, question, { step }, []));
  return new Map(
    [...rows].map(([name, { values, noise }]) => [
      name,
      { value: values[0] ?? Number.NaN, noise: noise[0] ?? Number.NaN, reason: null },
    ]),
  );
}

/** Layers of which numbers are asked: those that the run recorded. */
function namesOf(found: Architecture | null, asked: Model | null): readonly string[] {
  const known = new Set(asked?.layers.map(({ name }) => name));
  return (found?.layers ?? []).flatMap(({ name }) => (known.has(name) ? [name] : []));
}

/**
 * What is asked of all steps. It is the same whatever step A is at: the subjects of A's moment are asked for
 * at one step of A's run at which no other subject is, and the backend moves them.
 */
export function questionOf(
  shade: ArchitectureOptions["shade"],
  since: number | null,
  one: Subject | undefined,
  other: Subject | undefined,
  model: Model | null,
): SeriesQuestion | null {
  if (shade === "none") return null;
  if (shade !== "divergence")
    return { of: shade, since: shade === "change" ? since : null, subjects: [] };
  if (!one || !other) return null;
  const isTogether = other.run === one.run && other.model === one.model && other.step === one.step;
  const free = model?.steps.find((step) => isTogether || step !== other.step) ?? one.step;
  const moved = { ...one, step: free };
  return {
    of: shade,
    since: null,
    subjects: [moved, isTogether ? { ...other, step: free } : other],
  };
}
