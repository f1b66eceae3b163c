/** One typed function a route of docs/http_api.md; see ask.ts for how it is asked. */

import {
  type Argument,
  address,
  arrays,
  ask,
  instanceArguments,
  json,
  modelArguments,
  momentArguments,
  subjectArgument,
  unitArguments,
} from "./ask";
import type {
  Activations,
  Distributions,
  Divergence,
  History,
  Index,
  Instances,
  LayerDifference,
  Metrics,
  ModelId,
  Moment,
  NeuralDivergence,
  Predictions,
  Subject,
  UnitId,
} from "./types";

export { forget } from "./ask";

/** Everything there is; asked anew each time. */
export async function index(): Promise<Index> {
  return (await (await ask("index")).json()) as Index;
}

/** Histograms of all units of a layer, or of the one `unit`. */
export function distributions(
  layer: string,
  subjects: readonly Subject[],
  unit?: number,
): Promise<Distributions> {
  return arrays<Distributions>(
    "distributions",
    [["layer", layer], ...subjects.map(subjectArgument), ...unitArguments(unit)],
    {
      counts: "counts",
      zero: "counts",
      under: "counts",
      over: "counts",
      nan: "counts",
      infinite: "counts",
      start: "floats",
      width: "floats",
      mean: "floats",
      std: "floats",
      quantiles: "floats",
      unit: "counts",
      correlation: "floats",
    },
  );
}

export function divergence(layer: string, one: Subject, other: Subject): Promise<Divergence> {
  return arrays<Divergence>(
    "divergence",
    [["layer", layer], subjectArgument(one), subjectArgument(other)],
    {
      wasserstein: "floats",
      ratio: "floats",
      jensen_shannon: "floats",
      kolmogorov_smirnov: "floats",
    },
  );
}

export async function layers(one: Subject, other: Subject): Promise<readonly LayerDifference[]> {
  const pair = [subjectArgument(one), subjectArgument(other)];
  return (await json<{ layers: readonly LayerDifference[] }>("layers", pair)).layers;
}

export function history(model: ModelId, unit: UnitId, subset: string): Promise<History> {
  const args: Argument[] = [
    ...modelArguments(model),
    ["layer", unit.layer],
    ["unit", String(unit.unit)],
    ["subset", subset],
  ];
  return arrays<History>("history", args, {
    counts: "counts",
    zero: "counts",
    under: "counts",
    over: "counts",
    nan: "counts",
    infinite: "counts",
    start: "floats",
    width: "floats",
    quantiles: "floats",
    mean: "floats",
    std: "floats",
  });
}

/** Class metrics over all steps; confusion and probability are of `step`, by default the last. */
export function metrics(model: ModelId, step?: number): Promise<Metrics> {
  const at: Argument[] = step === undefined ? [] : [["step", String(step)]];
  return arrays<Metrics>("metrics", [...modelArguments(model), ...at], {
    inputs: "counts",
    correct: "counts",
    predicted: "counts",
    absolute_error: "floats",
    squared_error: "floats",
    confusion: "counts",
    probability: "counts",
  });
}

export function instances(model: ModelId): Promise<Instances> {
  return json("instances", modelArguments(model));
}

/** Address of an instance's picture. */
export function thumbnail(model: ModelId, instance: number): string {
  return address("thumbnail", [...modelArguments(model), ["instance", String(instance)]]);
}

export function predictions(moment: Moment): Promise<Predictions> {
  return arrays<Predictions>("predictions", momentArguments(moment), {
    top: "counts",
    probability: "floats",
    label_probability: "floats",
    energy: "floats",
    margin: "floats",
    outputs: "floats",
  });
}

const ACTIVATIONS = { values: "floats", percentile: "floats", robust_z: "floats" } as const;

export function activations(
  layer: string,
  subject: Subject,
  chosen: readonly number[],
): Promise<Activations> {
  const args = [subjectArgument(subject), ...instanceArguments(chosen)];
  return arrays<Activations>("activations", [["layer", layer], ...args], ACTIVATIONS);
}

/** Activations `[instances, 1]` of one unit for the whole probe set. */
export function unitActivations({ layer, unit }: UnitId, subject: Subject): Promise<Activations> {
  const args = [subjectArgument(subject), ...unitArguments(unit)];
  return arrays<Activations>("activations", [["layer", layer], ...args], ACTIVATIONS);
}

export function neuralDivergence(
  moment: Moment,
  chosen: readonly number[],
): Promise<NeuralDivergence> {
  return json("neural_divergence", [...momentArguments(moment), ...instanceArguments(chosen)]);
}
