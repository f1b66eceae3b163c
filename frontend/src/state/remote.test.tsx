import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Remote } from "../api/types";
import { useRemote } from "./remote";
import { visible } from "./store";

let root: HTMLElement;
let answer: Remote<string>;
const asked = new Map<string, Question>();

interface Question {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

function ask(key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    asked.set(key, { resolve, reject });
  });
}

function Asking({ about }: { readonly about: string | null }) {
  answer = useRemote(about, () => ask(about ?? ""));
  return null;
}

const show = (about: string | null) => act(() => render(<Asking about={about} />, root));
const settle = (key: string, how: "resolve" | "reject", value: string) =>
  act(async () => {
    if (how === "resolve") asked.get(key)?.resolve(value);
    else asked.get(key)?.reject(new Error(value));
    await Promise.resolve();
  });

beforeEach(() => {
  root = document.createElement("div");
  visible.value = true;
  asked.clear();
});

afterEach(() => act(() => render(null, root)));

it("an answer stays in sight while the next one is under way", async () => {
  await show("a");
  expect(answer).toEqual({ state: "loading", value: null });
  await settle("a", "resolve", "A");
  await show("b");
  expect(answer).toEqual({ state: "loading", value: "A" });
  await settle("b", "resolve", "B");
  expect(answer).toEqual({ state: "ready", value: "B" });
});

it("an answer that comes too late is dropped", async () => {
  await show("a");
  await show("b");
  await settle("b", "resolve", "B");
  await settle("a", "resolve", "A");
  expect(answer).toEqual({ state: "ready", value: "B" });
});

it("a failure says why and keeps what was known", async () => {
  await show("a");
  await settle("a", "resolve", "A");
  await show("b");
  await settle("b", "reject", "no such layer");
  expect(answer).toEqual({ state: "failed", value: "A", message: "no such layer" });
});

it("nothing to ask forgets what was answered", async () => {
  await show("a");
  await settle("a", "resolve", "A");
  await show(null);
  expect(answer).toEqual({ state: "loading", value: null });
});

it("nothing is asked or forgotten while the tab is out of sight", async () => {
  await show("a");
  await settle("a", "resolve", "A");
  await act(() => {
    visible.value = false;
  });
  await show("b");
  expect([...asked.keys()]).toEqual(["a"]);
  expect(answer.value).toBe("A");
  await act(() => {
    visible.value = true;
  });
  expect([...asked.keys()]).toEqual(["a", "b"]);
});
