import { effect } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Failure, type Request, settled } from "../api/ask";
import { index, model } from "../model/samples";
import { type About, answered, answerTo, forget, useAnswer, useAnswers } from "./answers";
import * as state from "./store";

interface Asked {
  readonly signal: AbortSignal;
  readonly resolve: (value: string, bytes?: number) => void;
  readonly reject: (error: Error) => void;
}

let root: HTMLElement;
let answer: About<unknown, string>;
/** By address, every time that it was asked. */
const asked = new Map<string, Asked[]>();
const disposed: string[] = [];

const question = (url: string, more: Partial<Request<string>> = {}): Request<string> => ({
  url,
  ask: (signal) =>
    new Promise((resolve, reject) => {
      const one: Asked = {
        signal,
        resolve: (value, bytes = 1) => resolve({ value, bytes }),
        reject,
      };
      asked.set(url, [...(asked.get(url) ?? []), one]);
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
  ...more,
});

function Asking({ url }: { readonly url: string | null }) {
  answer = useAnswer(url === null ? null : question(url), url ?? "");
  return null;
}

const show = (url: string | null) => act(() => render(<Asking url={url} />, root));
const last = (url: string): Asked => {
  const found = asked.get(url)?.at(-1);
  if (!found) throw new Error(`${url} was not asked`);
  return found;
};
const times = (url: string) => asked.get(url)?.length ?? 0;
const give = (url: string, value: string, bytes?: number) =>
  act(async () => last(url).resolve(value, bytes));
const refuse = (url: string, why: string) => act(async () => last(url).reject(new Error(why)));
const reload = () => act(() => state.receive(index(model())));

beforeEach(() => {
  root = document.createElement("div");
  state.visible.value = true;
  forget();
  asked.clear();
  disposed.length = 0;
});

afterEach(() => act(() => render(null, root)));

describe("an answer", () => {
  it("stays in sight, with what it is about, while the next one is under way", async () => {
    await show("a");
    expect(answer).toEqual({ state: "loading", value: null, about: null });
    await give("a", "A");
    await show("b");
    expect(answer).toEqual({ state: "loading", value: "A", about: "a" });
    await give("b", "B");
    expect(answer).toEqual({ state: "ready", value: "B", about: "b" });
  });

  it("that was there is there at once", async () => {
    await show("a");
    await give("a", "A");
    await show("b");
    await show("a");
    expect(answer).toEqual({ state: "ready", value: "A", about: "a" });
    expect(times("a")).toBe(1);
  });

  it("that failed says why and keeps what was known", async () => {
    await show("a");
    await give("a", "A");
    await show("b");
    await refuse("b", "no such layer");
    expect(answer).toEqual({ state: "failed", value: "A", message: "no such layer", about: "a" });
  });

  it("to nothing forgets what was answered", async () => {
    await show("a");
    await give("a", "A");
    await show(null);
    expect(answer).toEqual({ state: "loading", value: null, about: null });
  });

  it("to several questions is there once all are, and one may fail for itself", async () => {
    const [one, other] = [question("a"), settled(question("b"))];
    let found: unknown = null;
    const Both = () => {
      found = useAnswers([one, null, other]).value;
      return null;
    };
    await act(() => render(<Both />, root));
    await give("a", "A");
    expect(found).toBeNull();
    await refuse("b", "gone");
    await vi.waitFor(() => expect(found).toEqual(["A", null, new Failure("gone")]));
  });
});

describe("a question", () => {
  it("that nobody waits for any more is aborted: a dragged slider leaves one under way", async () => {
    for (let step = 0; step < 20; step++) await show(`step ${step}`);
    const open = [...asked.values()].flat().filter(({ signal }) => !signal.aborted);
    expect(open).toEqual([last("step 19")]);
    await give("step 19", "there");
    expect(answer.value).toBe("there");
  });

  it("is asked once for all who wait, and aborted when the last of them goes", async () => {
    const same = question("a");
    const stops = [1, 2].map(() =>
      effect(() => {
        answerTo(same);
      }),
    );
    await Promise.resolve();
    expect(times("a")).toBe(1);
    stops[0]?.();
    await Promise.resolve();
    expect(last("a").signal.aborted).toBe(false);
    stops[1]?.();
    await Promise.resolve();
    expect(last("a").signal.aborted).toBe(true);
  });

  it("is asked again after a reload; what was there stays meanwhile, and is marked", async () => {
    await show("a");
    await give("a", "A");
    await reload();
    expect(answer).toEqual({ state: "loading", value: "A", about: "a" });
    await give("a", "newer");
    expect(answer).toEqual({ state: "ready", value: "newer", about: "a" });
    expect(times("a")).toBe(2);
  });

  it("that failed is asked again after a reload", async () => {
    await show("a");
    await refuse("a", "not yet");
    await reload();
    await give("a", "A");
    expect(answer.value).toBe("A");
  });

  it("whose answer never changes is not asked again", async () => {
    const never = question("picture", { lasting: true });
    const stop = effect(() => {
      answerTo(never);
    });
    await Promise.resolve();
    await give("picture", "seen");
    await reload();
    expect(times("picture")).toBe(1);
    stop();
  });

  it("is not asked, and nothing is forgotten, while the page is out of sight", async () => {
    await show("a");
    await give("a", "A");
    await act(() => {
      state.visible.value = false;
    });
    await reload();
    await show("b");
    expect([times("a"), times("b")]).toEqual([1, 0]);
    expect(answer.value).toBe("A");
    await act(() => {
      state.visible.value = true;
    });
    expect(times("b")).toBe(1);
  });

  it("can be asked for once, outside of what is shown", async () => {
    const found = answered(question("a"));
    await Promise.resolve();
    last("a").resolve("A");
    await expect(found).resolves.toBe("A");
    const failing = answered(question("b"));
    await Promise.resolve();
    last("b").reject(new Error("gone"));
    await expect(failing).rejects.toThrow("gone");
  });
});

describe("what nothing shows any more", () => {
  const dispose = (value: string) => disposed.push(value);

  async function seen(url: string, bytes: number) {
    const stop = effect(() => {
      answerTo(question(url, { dispose }));
    });
    await Promise.resolve();
    await give(url, url.toUpperCase(), bytes);
    stop();
    await Promise.resolve();
  }

  it("is kept up to 64 MB; what was seen longest ago goes first, and gives back what it held", async () => {
    for (const url of ["a", "b", "c"]) await seen(url, 30e6);
    expect(disposed).toEqual(["A"]);
    await seen("b", 30e6).catch(() => undefined);
    expect(times("b")).toBe(1);
    await seen("d", 30e6);
    expect(disposed).toEqual(["A", "C"]);
  });

  it("takes nothing from what is shown", async () => {
    await show("large");
    await give("large", "L", 500e6);
    for (const url of ["a", "b", "c"]) await seen(url, 30e6);
    expect(answer.value).toBe("L");
    expect(disposed).toEqual(["A"]);
  });

  it("is forgotten at a reload", async () => {
    await seen("a", 10);
    await reload();
    expect(disposed).toEqual(["A"]);
    await vi.waitFor(() => expect(times("a")).toBe(1));
  });
});
