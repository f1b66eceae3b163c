/** How routes are asked: arguments, answers as JSON or arrays, kept by address until the next reload. */

import type { Answer, Floats } from "./arrays";
import { type Column, readSafetensors } from "./safetensors";
import type { ModelId, Moment, Subject } from "./types";

const KEPT = 200;
const cache = new Map<string, Promise<unknown>>();

/** Forget all answers; call it when TensorBoard reloads. */
export function forget(): void {
  cache.clear();
}

export type Argument = readonly [string, string];

export function modelArguments(model: ModelId): Argument[] {
  return [
    ["run", model.run],
    ["model", model.model],
  ];
}

export function momentArguments(moment: Moment): Argument[] {
  return [...modelArguments(moment), ["step", String(moment.step)]];
}

export function subjectArgument({ run, model, step, subset }: Subject): Argument {
  return ["s", JSON.stringify([run, model, step, subset])];
}

export function unitArguments(unit: number | undefined): Argument[] {
  return unit === undefined ? [] : [["unit", String(unit)]];
}

export function instanceArguments(chosen: readonly number[]): Argument[] {
  return chosen.map((instance) => ["i", String(instance)]);
}

export function address(route: string, args: readonly Argument[]): string {
  const query = new URLSearchParams(args.map(([name, value]) => [name, value])).toString();
  return query ? `${route}?${query}` : route;
}

export function json<T>(route: string, args: readonly Argument[]): Promise<T> {
  return kept(address(route, args), async (response) => (await response.json()) as T);
}

const KINDS = {
  floats: (data: Column) => data instanceof Float32Array,
  counts: (data: Column) => !(data instanceof Float32Array),
} as const;

type KindsOf<Arrays> = {
  readonly [Name in keyof Arrays]: Arrays[Name] extends Floats ? "floats" : "counts";
};

export function arrays<Asked extends Answer<object, unknown>>(
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

export async function ask(url: string): Promise<Response> {
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
