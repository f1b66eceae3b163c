import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { index, model } from "../model/samples";
import { decode, encode } from "../state/address";
import { fit } from "../state/selection";
import * as state from "../state/store";
import { hashWith, readAddress, writeAddress } from "./host";
import { followAddress, isTraining } from "./sync";

it("a run is taken to be training while its newest record is young, or nothing is recorded yet", () => {
  const recorded = index(
    model({ wallTimes: [1000, 2000] }),
    model({ run: "older", wallTimes: [1, 2] }),
  );
  expect(isTraining(recorded, 2060)).toBe(true);
  expect(isTraining(recorded, 9000)).toBe(false);
  expect(isTraining(index(), 9000)).toBe(true);
  expect(isTraining(null, 9000)).toBe(true);
});

describe("the address bar", () => {
  beforeAll(() => {
    vi.useFakeTimers();
    followAddress();
  });

  afterAll(() => {
    vi.useRealTimers();
    location.hash = "";
  });

  beforeEach(() => {
    const found = index(model(), model({ run: "other", steps: [0, 7] }));
    vi.advanceTimersByTime(10_000);
    state.index.value = { state: "ready", value: found };
    state.selection.value = fit({ a: { run: "plain", model: "model", step: 0 } }, found);
    vi.advanceTimersByTime(10_000);
  });

  const chosen = () => state.selection.value && encode(state.selection.value);
  const at = (run: string, step: number) => new Map([["a", JSON.stringify([run, "model", step])]]);
  const arrive = () => window.dispatchEvent(new Event("hashchange"));

  it("holds the selection as soon as it is chosen", () => {
    state.toggleInstance(1);
    expect(readAddress()).toEqual(chosen());
  });

  it("holds the last of many choices in quick succession, and is not written for each", () => {
    const before = history.replaceState;
    const writes = vi.spyOn(history, "replaceState").mockImplementation(before.bind(history));
    for (const step of [0, 40, 80, 0, 40]) state.moveTo(step);
    vi.advanceTimersByTime(10_000);
    expect(readAddress()).toEqual(chosen());
    expect(writes.mock.calls.length).toBeLessThan(5);
    writes.mockRestore();
  });

  it("is flushed when the page goes away", () => {
    state.toggleInstance(1);
    state.toggleInstance(2);
    window.dispatchEvent(new Event("pagehide"));
    expect(readAddress()).toEqual(chosen());
  });

  it("moves the selection, also when a choice comes before it is heard of", () => {
    writeAddress(at("other", 7));
    state.toggleInstance(1);
    vi.advanceTimersByTime(10_000);
    arrive();
    expect(state.a.value).toEqual({ run: "other", model: "model", step: 7 });
    expect(readAddress()).toEqual(chosen());
  });

  it("moves the selection also while the tab is out of sight, and is left alone without one", () => {
    state.visible.value = false;
    writeAddress(at("other", 0));
    arrive();
    expect(decode(readAddress()).a?.run).toBe("other");
    expect(state.a.value?.run).toBe("other");
    location.hash = hashWith("#scalars", new Map());
    arrive();
    expect(readAddress().size).toBe(0);
    state.visible.value = true;
    vi.advanceTimersByTime(10_000);
    expect(readAddress()).toEqual(chosen());
  });
});
