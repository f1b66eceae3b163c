/** All that is drawn of one run: what the page, the drawing and the table have in common. */

import { useMemo } from "preact/hooks";
import { ofModel, request, sent } from "../../api/ask";
import type { Architecture, LayerDifferences, Model } from "../../api/schema";
import type { Moment, Remote, Subject } from "../../api/types";
import { nearestEarlier } from "../../model/moments";
import type { Slot } from "../../model/shown";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import type { ArchitectureOptions } from "./options";
import { type ArchitectureScene, sceneIn } from "./scene";
import {
  joined,
  type LayerSeries,
  NOTHING,
  type SeriesQuestion,
  seriesOf,
  useSeries,
} from "./series";
import { type Numbers, type Present, type ShadeValue, shadeValueOf } from "./shade";
import { type Branch, treeOf } from "./tree";

/** Numbers over the steps that are asked for at most: one takes the backend some milliseconds. */
const MOST_NUMBERS = 4000;
const MOST_DIVERGENCES = 1200;
const FEWEST_STEPS = 8;

export interface ArchitecturePicture {
  readonly place: Slot;
  readonly model: Model;
  readonly moment: Moment;
  readonly architecture: Architecture;
  readonly tree: readonly Branch[];
  readonly scene: ArchitectureScene;
  readonly numbers: Numbers;
  /** The number of each node, by its key. */
  readonly told: ReadonlyMap<string, ShadeValue>;
}

/** What is known of a run, as far as it has come; null without a run. */
export function usePicture(
  place: Slot,
  model: Model | null,
  moment: Moment | null,
  options: ArchitectureOptions,
): Remote<ArchitecturePicture> | null {
  const answer = useAnswer(model && moment ? request("architecture", ofModel(model)) : null);
  const found = answer.value;
  const tree = useMemo(() => treeOf(found?.layers ?? []), [found]);
  const { open, closed } = options;
  const scene = useMemo(
    () => sceneIn(tree, found?.links ?? [], { open, closed }),
    [tree, found, open, closed],
  );
  const numbers = useNumbers(model, moment, options, found);
  const told = useMemo(
    () => new Map(scene.nodes.map((node) => [node.key, shadeValueOf(node, numbers)])),
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
  const isAsked = question !== null && names.length > 0;
  const differences = useAnswer(
    isAsked && one && other ? request("layers", { s: [sent(one), sent(other)] }) : null,
    kind,
  );
  const numbers = useAnswer(
    isAsked && !one && asked && step !== undefined ? seriesOf(asked, question, { step }) : null,
    kind,
  );
  const answer = one && other ? differences : numbers;
  const present = useMemo(
    () =>
      differences.value && differences.about === kind
        ? compared(differences.value)
        : numbers.value && numbers.about === kind
          ? presentOf(numbers.value)
          : NONE,
    [differences.value, numbers.value, kind],
  );
  const at = step === undefined ? -1 : nearestEarlier(series.steps, step);
  const failure = answer.state === "failed" ? answer.message : series.failure;
  return useMemo(() => ({ present, series, at, failure }), [present, series, at, failure]);
}

const NONE: ReadonlyMap<string, Present> = new Map();

const compared = ({ layers }: LayerDifferences): ReadonlyMap<string, Present> =>
  new Map(
    layers.map(({ name, mean, reason }) => [name, { value: mean ?? Number.NaN, noise: 0, reason }]),
  );

const presentOf = (found: LayerSeries): ReadonlyMap<string, Present> =>
  new Map(
    [...joined(NOTHING, found).rows].map(([name, { values, noise }]) => [
      name,
      { value: values[0] ?? Number.NaN, noise: noise[0] ?? Number.NaN, reason: null },
    ]),
  );

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
