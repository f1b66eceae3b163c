import { effect } from "@preact/signals";
import { beforeEach, expect, it } from "vitest";
import { flag, oneOf } from "../model/readers";
import { index, model } from "../model/samples";
import { decode, encode } from "./address";
import { defineOptions, option } from "./options";
import { counting } from "./shared";
import * as state from "./store";

const [size, shared] = [option(oneOf("small", "large"), "small"), option(flag, false)];
const own = defineOptions("trial", { size, shared });
const beside = defineOptions("trial", { shared });

beforeEach(() => {
  state.index.value = { state: "loading", value: null };
  state.selection.value = null;
  state.receive(index(model()));
});

const written = () => state.selection.value && encode(state.selection.value).get("trial");

it("options are their defaults until they are chosen, and only then in the address", () => {
  expect(own.value).toEqual({ size: "small", shared: false });
  expect(written()).toBeUndefined();
  own.choose({ size: "large" });
  expect(own.value).toEqual({ size: "large", shared: false });
  expect(written()).toBe('{"size":"large"}');
  own.choose({ size: "small" });
  expect(written()).toBeUndefined();
});

it("two parts of the page share what stands under one key", () => {
  beside.choose({ shared: true });
  own.choose({ size: "large" });
  expect([own.value.shared, beside.value.shared]).toEqual([true, true]);
  expect(decode(new Map([["trial", written() ?? ""]])).options).toEqual({
    trial: { shared: true, size: "large" },
  });
});

it("options are the same object while nothing of theirs changes", () => {
  const seen = new Set<unknown>();
  const stop = effect(() => {
    seen.add(own.value);
  });
  state.moveTo(40);
  counting.choose({ open: ["fc"] });
  expect(seen.size).toBe(1);
  own.choose({ size: "large" });
  expect(seen.size).toBe(2);
  stop();
});

it("the graph counts and weighs as is recorded, whatever another run had", () => {
  const graph = {
    steps: [80],
    subsets: ["class:0"],
    influence: [],
    masses: [0.03],
    of: ["activation"],
    measures: ["summit"],
    links: [],
    notes: [],
  } as const;
  counting.choose({ measure: "contribution", mass: 0.03, of: "deviation" });
  expect(counting.value).toMatchObject({ measure: null, mass: null, of: "deviation" });
  state.receive(index(model({ graph })));
  expect(counting.value).toMatchObject({ measure: null, mass: 0.03, of: "deviation" });
});
