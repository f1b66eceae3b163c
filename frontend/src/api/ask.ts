/** Questions to the backend as values, and how their answers are read: as JSON or as arrays. */

import { type Column, readSafetensors } from "./safetensors";
import { type Answers, ARRAYS, type Arguments, type PICTURES, type SentSubject } from "./schema";
import type { ModelId, Moment, Subject } from "./types";

/** An answer, and roughly what it holds in memory. */
export interface Sized<T> {
  readonly value: T;
  readonly bytes: number;
}

/** A question to the backend; two with the same address are the same question. */
export interface Request<T> {
  readonly url: string;
  readonly ask: (signal: AbortSignal) => Promise<Sized<T>>;
  /** Whether the answer never changes: of what is named by its content. */
  readonly lasting?: boolean;
  /** Called once the answer is no longer kept. */
  dispose?(value: T): void;
}

/** What a route takes; what it need not be given may be null, too. */
type Asked<Route extends keyof Arguments> = {
  readonly [Name in keyof Arguments[Route]]:
    | Arguments[Route][Name]
    | (object extends Pick<Arguments[Route], Name> ? null | undefined : never);
};

/** The question that a route answers. */
export function request<Route extends keyof Answers>(
  route: Route,
  given: Asked<Route>,
): Request<Answers[Route]> {
  const url = address(route, given);
  const read = Object.hasOwn(ARRAYS, route) ? readArrays : readJson;
  return {
    url,
    ask: async (signal) => read<Answers[Route]>(await respond(url, signal), route),
  };
}

/** The address of a picture. */
export const picture = <Route extends (typeof PICTURES)[number]>(
  route: Route,
  given: Asked<Route>,
): string => address(route, given);

/** The arguments that name a model, a moment of it, a subject. */
export const ofModel = ({ run, model }: ModelId) => ({ run, model });
export const ofMoment = ({ run, model, step }: Moment) => ({ run, model, step });
export const sent = ({ run, model, step, subset }: Subject): SentSubject => [
  run,
  model,
  step,
  subset,
];

/** The same question, its answer made into what the page works with. */
export const mapped = <T, U>({ url, ask }: Request<T>, make: (value: T) => U): Request<U> => ({
  url,
  ask: async (signal) => {
    const { value, bytes } = await ask(signal);
    return { value: make(value), bytes };
  },
});

/** The same question, whose answer never changes. */
export const lasting = <T>(question: Request<T>): Request<T> => ({ ...question, lasting: true });

/** Why there is no answer, where that is an answer, too. */
export class Failure {
  constructor(readonly message: string) {}
}

/** The same question, of which a failure costs only its own part of the page. */
export const settled = <T>({ url, ask }: Request<T>): Request<T | Failure> => ({
  url: `${url}#settled`,
  ask: async (signal) => {
    try {
      return await ask(signal);
    } catch (error) {
      signal.throwIfAborted();
      return { value: new Failure(messageOf(error)), bytes: 0 };
    }
  },
});

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

type Given = Readonly<Record<string, unknown>>;

/** Lists repeat their argument, subjects travel as JSON, and what is null or false is left out. */
function address(route: string, given: Given): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    const isList = Array.isArray(value) && (name !== "s" || Array.isArray(value[0]));
    for (const one of isList ? value : [value]) {
      if (one === null || one === undefined || one === false) continue;
      query.append(name, Array.isArray(one) ? JSON.stringify(one) : one === true ? "1" : `${one}`);
    }
  }
  const text = query.toString();
  return text ? `${route}?${text}` : route;
}

async function readJson<T>(response: Response): Promise<Sized<T>> {
  const text = await response.text();
  return { value: JSON.parse(text) as T, bytes: 2 * text.length };
}

const HOLDS = {
  floats: (data: Column) => data instanceof Float32Array,
  counts: (data: Column) => !(data instanceof Float32Array),
} as const;

async function readArrays<T>(response: Response, route: string): Promise<Sized<T>> {
  const buffer = await response.arrayBuffer();
  const { arrays, meta } = readSafetensors(buffer);
  const expected: Readonly<Record<string, keyof typeof HOLDS>> =
    ARRAYS[route as keyof typeof ARRAYS];
  for (const [name, kind] of Object.entries(expected)) {
    const tensor = arrays.get(name);
    if (!tensor) throw new Error(`the answer of ${route} lacks the array ${name}`);
    if (!HOLDS[kind](tensor.data))
      throw new Error(`the array ${name} of ${route} does not hold ${kind}`);
  }
  return { value: { arrays: Object.fromEntries(arrays), meta } as T, bytes: buffer.byteLength };
}

/** What TensorBoard answers; an error that a person can read where it refuses, or is gone. */
async function respond(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch {
    signal.throwIfAborted();
    throw new Error("TensorBoard does not answer; is it still running?");
  }
  if (response.ok) return response;
  const text = (await response.text()).slice(0, 500);
  throw new Error(
    text && !text.startsWith("<") ? text : `TensorBoard answered ${response.status} to ${url}`,
  );
}
