/** Keeps the state in step with the page around us and with what has been recorded. */

import { effect } from "@preact/signals";
import { decode, encode, type Parameters } from "./address";
import * as api from "./api";
import { connect, onAddress, onVisible, readAddress, writeAddress } from "./host";
import { fit } from "./selection";
import * as state from "./state";
import { followTheme } from "./theme";
import type { Index } from "./types";

const PAUSE = 10_000;
/** A run whose newest record is younger than this is taken to be training. */
const TRAINING = 10 * 60;
const SETTLE = 150;

/** Start following; call it once. */
export function follow(): void {
  followTheme((theme) => {
    state.theme.value = theme;
  });
  state.awaited.value = decode(readAddress());
  followAddress();
  followData();
}

function followAddress(): void {
  let timer = 0;
  let written: Parameters = readAddress();
  const write = () => {
    const chosen = state.selection.peek();
    if (!chosen || state.awaited.peek()) return;
    written = encode(chosen);
    writeAddress(written);
  };
  effect(() => {
    void [state.selection.value, state.visible.value];
    clearTimeout(timer);
    timer = window.setTimeout(write, SETTLE);
  });
  onAddress(() => {
    const parameters = readAddress();
    const found = state.index.peek().value;
    if (!found || !state.visible.peek() || sameParameters(parameters, written)) return;
    written = parameters;
    const chosen = state.selection.peek();
    state.selection.value = parameters.size === 0 ? chosen : fit(decode(parameters), found);
    write();
  });
}

const sameParameters = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
  one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);

function followData(): void {
  let missed = false;
  let hosted = true;
  const reload = () => {
    missed = !state.visible.peek();
    if (!missed) void refresh();
  };
  onVisible((visible) => {
    state.visible.value = visible;
    if (visible && missed) reload();
  });
  void connect(reload).then((answers) => {
    hosted = answers;
  });
  setInterval(() => {
    const { state: phase, value } = state.index.peek();
    const waiting = phase === "failed" || !hosted || isTraining(value, Date.now() / 1000);
    if (waiting && state.visible.peek()) void refresh();
  }, PAUSE);
  void refresh();
}

/** Whether something may be recorded just now: there is nothing yet, or the newest record is young. */
export function isTraining(index: Index | null, now: number): boolean {
  const newest = (index?.models ?? []).map(({ wallTimes }) => wallTimes.at(-1) ?? 0);
  return newest.length === 0 || now - Math.max(...newest) < TRAINING;
}

let asked = 0;

/** Ask what there is; what was asked before is forgotten only if something is new. */
async function refresh(): Promise<void> {
  const question = ++asked;
  try {
    const answer = await api.index();
    if (question !== asked) return;
    const { state: phase, value } = state.index.peek();
    if (phase === "ready" && JSON.stringify(answer) === JSON.stringify(value)) return;
    api.forget();
    state.receive(answer);
  } catch (error) {
    if (question === asked)
      state.receiveFailure(error instanceof Error ? error.message : String(error));
  }
}
