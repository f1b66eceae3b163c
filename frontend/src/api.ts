/** One typed function a route of docs/http_api.md; answers are kept by address until the next reload. */

import { type Column, readSafetensors } from "./safetensors";
import type {
  Activations,
  Answer,
  Distributions,
  Divergence,
  Floats,
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

const KEPT = 200;
const cache = new Map<string, Promise<unknown>>();

/** Forget all answers; call it when TensorBoard reloads. */
export function forget(): void {
  cache.clear();
}

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

type Argument = readonly [string, string];

function modelArguments(model: ModelId): Argument[] {
  return [
    ["run", model.run],
    ["model", model.model],
  ];
}

function momentArguments(moment: Moment): Argument[] {
  return [...modelArguments(moment), ["step", String(moment.step)]];
}

function subjectArgument({ run, model, step, subset }: Subject): Argument {
  return ["s", JSON.stringify([run, model, step, subset])];
}

function unitArguments(unit: number | undefined): Argument[] {
  return unit === undefined ? [] : [["unit", String(unit)]];
}

function instanceArguments(chosen: readonly number[]): Argument[] {
  return chosen.map((instance) => ["i", String(instance)]);
}

function address(route: string, args: readonly Argument[]): string {
  const query = new URLSearchParams(args.map(([name, value]) => [name, value])).toString();
  return query ? `${route}?${query}` : route;
}

function json<T>(route: string, args: readonly Argument[]): Promise<T> {
  return kept(address(route, args), async (response) => (await response.json()) as T);
}

const KINDS = {
  floats: (data: Column) => data instanceof Float32Array,
  counts: (data: Column) => !(data instanceof Float32Array),
} as const;

type KindsOf<Arrays> = {
  readonly [Name in keyof Arrays]: Arrays[Name] extends Floats ? "floats" : "counts";
};

function arrays<Asked extends Answer<object, unknown>>(
  route: string,
  args: readonly Argument[],
  expected: KindsOf<Asked["arrays"]>,
): Promise<Asked> {
  return kept(address(route, args), async (response) => {
    const found = readSafetensors(await response.arrayBuffer());
    for (const [name, kind] of Object.entries<keyof typeof KINDS>(expected)) {
      const tensor = found.arrays.get(name);
      if (!tensor) throw new Error(`the answer of ${route} lacks the array ${name}`);
      if (!KINDS[kind](tensor.data))
        throw new Error(`the array ${name} of ${route} does not hold ${kind}`);
    }
    return { arrays: Object.fromEntries(found.arrays), meta: found.meta } as Asked;
  });
}

function kept<T>(url: string, read: (response: Response) => Promise<T>): Promise<T> {
  const known = cache.get(url);
  if (known) return known as Promise<T>;
  const answer = ask(url).then(read);
  cache.set(url, answer);
  answer.catch(() => {
    if (cache.get(url) === answer) cache.delete(url);
  });
  for (const oldest of cache.keys()) {
    if (cache.size <= KEPT) break;
    cache.delete(oldest);
  }
  return answer;
}

async function ask(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error("TensorBoard does not answer; is it still running?");
  }
  if (response.ok) return response;
  const text = (await response.text()).slice(0, 500);
  throw new Error(
    text && !text.startsWith("<") ? text : `TensorBoard answered ${response.status} to ${url}`,
  );
}
