/** All that is drawn of one run: what the page, the drawing and the table have in common. */

import { useMemo } from "preact/hooks";
import * as api from "../../api";
import { type Architecture, architecture, type SeriesQuestion } from "../../architectureApi";
import { nearestEarlier } from "../../moments";
import { useRemote } from "../../remote";
import * as state from "../../state";
import type { LayerDifference, Model, Moment, Place, Remote, Subject } from "../../types";
import type { ArchitectureOptions } from "../../viewOptions";
import { useSeen } from "../visible";
import { type Scene, sceneIn } from "./scene";
import { useSeries } from "./series";
import { type Numbers, type Told, toldOf } from "./shade";
import { type Branch, treeOf } from "./tree";

/** Divergences of a layer at a step that are asked for at most: one takes the backend some milliseconds. */
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
  readonly failure: string | null;
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
  const found = answer.value?.model?.run === model?.run ? (answer.value?.found ?? null) : null;
  const tree = useMemo(() => treeOf(found?.layers ?? []), [found]);
  const { open, closed } = options;
  const scene = useMemo(
    () => sceneIn(tree, found?.links ?? [], { open, closed }),
    [tree, found, open, closed],
  );
  const numbers = useNumbers(model, moment, options, scene, found);
  const told = useMemo(
    () => new Map(scene.nodes.map((node) => [node.key, toldOf(node, numbers)])),
    [scene, numbers],
  );
  if (!model || !moment) return null;
  if (answer.state === "failed") return { ...answer, value: null };
  if (!found) return { state: "loading", value: null };
  const failure = numbers.series.failure;
  const value = { place, model, moment, architecture: found, tree, scene, numbers, told, failure };
  return { state: "ready", value };
}

/** The numbers of what is in sight first, then those of layers within closed blocks. */
function useNumbers(
  model: Model | null,
  moment: Moment | null,
  { shade, since }: ArchitectureOptions,
  scene: Scene,
  found: Architecture | null,
): Numbers {
  const pair = state.comparison.value;
  const compares = shade === "divergence" && pair !== null;
  const [one, other] = compares ? [pair[0].subject, pair[1].subject] : [];
  const question = useMemo(
    () => questionOf(shade, since, one, other, state.modelA.value),
    [shade, since, JSON.stringify([one, other])],
  );
  const asked = shade === "divergence" ? state.modelA.value : model;
  const names = useMemo(() => namesOf(found, asked), [found, asked]);
  const series = useSeries(asked, question, names);
  const differences = useRemote(
    useSeen(one && other ? JSON.stringify([one, other, state.revision.value]) : null),
    async () => (one && other ? await api.layers(one, other) : []),
  );
  const byName = useMemo(
    () => byNames(compares ? (differences.value ?? []) : null),
    [compares, differences.value],
  );
  const step = shade === "divergence" ? state.a.value?.step : moment?.step;
  const at = step === undefined ? -1 : nearestEarlier(series.steps, step);
  return useMemo(() => ({ series, at, differences: byName }), [series, at, byName, scene]);
}

const byNames = (
  differences: readonly LayerDifference[] | null,
): ReadonlyMap<string, LayerDifference> | null =>
  differences && new Map(differences.map((one) => [one.name, one]));

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
    return { of: shade, since: shade === "change" ? since : null, subjects: [], most: null };
  if (!one || !other) return null;
  const isTogether = other.run === one.run && other.model === one.model && other.step === one.step;
  const free = model?.steps.find((step) => isTogether || step !== other.step) ?? one.step;
  const moved = { ...one, step: free };
  return {
    of: shade,
    since: null,
    subjects: [moved, isTogether ? { ...other, step: free } : other],
    most: Math.max(FEWEST_STEPS, Math.floor(MOST_DIVERGENCES / (model?.layers.length || 1))),
  };
}
