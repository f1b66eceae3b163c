/**
 * Answers of the backend, kept by the address of their question. A question is asked while something shows
 * its answer: what nobody waits for any more is aborted, and what nobody shows any more is kept up to a
 * number of bytes. After a reload what is shown is asked again; while the page is hidden nothing is.
 */

import { effect, type Signal, signal, untracked } from "@preact/signals";
import { useRef } from "preact/hooks";
import { messageOf, type Request } from "../api/ask";
import type { Remote } from "../api/types";
import { revision, visible } from "./store";

/** Bytes kept of answers that nothing shows. */
const KEPT = 64e6;

const LOADING = { state: "loading", value: null } as const;

/** By address; what is not shown stands in the order in which it was shown last. */
const entries = new Map<string, Entry>();

/** One question, its answer so far, and the request under way. */
class Entry {
  readonly remote: Signal<Remote<unknown>>;
  bytes = 0;
  shown = false;
  private request: AbortController | null = null;
  /** The reload that the answer is of; none before the first one. */
  private at: number | null = null;

  constructor(private readonly question: Request<unknown>) {
    this.remote = signal<Remote<unknown>>(LOADING, {
      watched: () => this.watch(true),
      unwatched: () => this.watch(false),
    });
  }

  /** Ask, unless it is not to be shown, the answer is there, or it is under way. */
  start(): void {
    if (!this.shown || !visible.peek() || this.request || this.isFresh()) return;
    const request = new AbortController();
    const at = revision.peek();
    this.request = request;
    const before = this.remote.peek();
    if (before.state !== "loading") this.remote.value = { state: "loading", value: before.value };
    this.question.ask(request.signal).then(
      ({ value, bytes }) => {
        if (this.request !== request) {
          this.question.dispose?.(value);
          return;
        }
        this.dispose();
        this.bytes = bytes;
        this.end(at, { state: "ready", value });
      },
      (error: unknown) => {
        if (this.request !== request) return;
        const { value } = this.remote.peek();
        this.end(at, { state: "failed", value, message: messageOf(error) });
      },
    );
  }

  /** Whether something shows it that a further answer will change. */
  isDue(): boolean {
    return this.shown && !this.isFresh();
  }

  /** Ask once more where the last answer was a failure. */
  again(): void {
    if (this.remote.peek().state !== "failed") return;
    this.at = null;
    this.start();
  }

  /** After a reload: what is shown is asked again, what is not is forgotten. */
  renew(): void {
    if (this.isFresh()) return;
    this.abort();
    if (this.shown) this.start();
    else this.forget();
  }

  forget(): void {
    this.abort();
    entries.delete(this.question.url);
    this.dispose();
  }

  private watch(shown: boolean): void {
    this.shown = shown;
    // what is watched next in the same breath, as when a list is sorted, is not asked twice
    queueMicrotask(() => {
      if (shown !== this.shown) return;
      if (shown) this.start();
      else this.settle();
    });
  }

  /** Nothing shows it any more: keep it last in line, or forget it where there is no answer of today. */
  private settle(): void {
    if (!this.isFresh() || this.remote.peek().state === "failed") {
      this.forget();
      return;
    }
    entries.delete(this.question.url);
    entries.set(this.question.url, this);
    trim();
  }

  private end(at: number, remote: Remote<unknown>): void {
    this.request = null;
    this.at = at;
    this.remote.value = remote;
    this.start();
  }

  private isFresh(): boolean {
    if (this.at === null) return false;
    if (this.question.lasting && this.remote.peek().state === "ready") return true;
    return this.at === revision.peek();
  }

  private abort(): void {
    this.request?.abort();
    this.request = null;
  }

  private dispose(): void {
    const { state, value } = this.remote.peek();
    if (value !== null && (state === "ready" || this.bytes > 0)) this.question.dispose?.(value);
    this.bytes = 0;
  }
}

function trim(): void {
  const idle = [...entries.values()].filter(({ shown }) => !shown);
  let bytes = idle.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const oldest of idle) {
    if (bytes <= KEPT) return;
    bytes -= oldest.bytes;
    oldest.forget();
  }
}

effect(() => {
  void revision.value;
  untracked(() => {
    for (const entry of [...entries.values()]) entry.renew();
  });
});

effect(() => {
  if (!visible.value) return;
  untracked(() => {
    for (const entry of entries.values()) entry.start();
  });
});

/** Whether anything on the page waits for an answer. */
export const isWaiting = (): boolean => [...entries.values()].some((entry) => entry.isDue());

/** Ask again for all that is shown and has failed. */
export function retry(): void {
  for (const entry of entries.values()) entry.again();
}

/** Forget all answers that nothing shows. */
export function forget(): void {
  for (const entry of [...entries.values()]) if (!entry.shown) entry.forget();
}

function remoteOf<T>(question: Request<T>): Signal<Remote<T>> {
  const known = entries.get(question.url);
  if (known) return known.remote as Signal<Remote<T>>;
  const made = new Entry(question as Request<unknown>);
  entries.set(question.url, made);
  return made.remote as Signal<Remote<T>>;
}

/** What is known of an answer; reading it in a component or an effect asks, and subscribes. */
export const answerTo = <T>(question: Request<T>): Remote<T> => remoteOf(question).value;

/** The answer once it is there, for what happens once, such as a file that is made. */
export function answered<T>(question: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const remote = remoteOf(question);
    const stop = effect(() => {
      const found = remote.value;
      if (found.state === "loading") return;
      if (found.state === "ready") resolve(found.value);
      else reject(new Error(found.message));
      queueMicrotask(() => stop());
    });
  });
}

type Questions = readonly (Request<unknown> | null)[];
type Values<Q extends Questions> = {
  readonly [K in keyof Q]: Q[K] extends Request<infer T> | null
    ? T | (null extends Q[K] ? null : never)
    : never;
};

/** An answer, and what it is about: while the next one is under way, something else. */
export type About<T, A> = Remote<T> & { readonly about: A | null };

/**
 * The answer to a question, null for none. While the next one is under way the previous one stays in sight,
 * with what was said then that it is `about`.
 */
export function useAnswer<T, A = null>(question: Request<T> | null, about?: A): About<T, A> {
  const found = useAnswers(question && [question], about);
  return { ...found, value: found.value?.[0] ?? null } as About<T, A>;
}

/** The answers to several questions, once all are there; a question that is null has the answer null. */
export function useAnswers<const Q extends Questions, A = null>(
  questions: Q | null,
  about?: A,
): About<Values<Q>, A> {
  const kept = useRef<{ values: readonly unknown[]; about: A | null; said: string } | null>(null);
  if (!questions) {
    kept.current = null;
    return { ...LOADING, about: null };
  }
  const remotes = questions.map((question) => question && answerTo(question));
  const said = JSON.stringify(about) ?? "";
  if (remotes.every((remote) => remote === null || remote.value !== null)) {
    const values = remotes.map((remote) => remote?.value ?? null);
    const before = kept.current;
    const isSame =
      before?.values.length === values.length &&
      values.every((value, at) => value === before.values[at]);
    kept.current = {
      values: isSame ? before.values : values,
      about: before?.said === said ? before.about : (about ?? null),
      said,
    };
  }
  const known = { value: kept.current?.values ?? null, about: kept.current?.about ?? null };
  const failed = remotes.find((remote) => remote?.state === "failed");
  if (failed?.state === "failed")
    return { state: "failed", message: failed.message, ...known } as About<Values<Q>, A>;
  const isReady = remotes.every((remote) => remote === null || remote.state === "ready");
  return { state: isReady ? "ready" : "loading", ...known } as About<Values<Q>, A>;
}

/** The answers so far to questions that are asked one after another; the same list while they are the same. */
export function useInTurn<T>(questions: readonly Request<T>[]): readonly Remote<T>[] {
  const kept = useRef<readonly Remote<T>[]>([]);
  const found: Remote<T>[] = [];
  for (const question of questions) {
    const remote = answerTo(question);
    found.push(remote);
    if (remote.state === "loading" && remote.value === null) break;
  }
  const before = kept.current;
  const isSame = before.length === found.length && found.every((one, at) => one === before[at]);
  if (!isSame) kept.current = found;
  return kept.current;
}
