/** Keeps the state in step with the page around us and with what has been recorded. */

import { effect } from "@preact/signals";
import { messageOf, request } from "../api/ask";
import type { Index } from "../api/schema";
import { newestModel } from "../model/moments";
import { decode, encode, type Parameters } from "../state/address";
import { retry } from "../state/answers";
import { fit, type Selection } from "../state/selection";
import * as state from "../state/store";
import { connect, onAddress, onVisible, readAddress, writeAddress } from "./host";
import { readRunFilter } from "./runs";
import { followTheme } from "./theme";

const PAUSE = 10_000;
/** A run whose newest record is younger than this is taken to be training. */
const TRAINING = 10 * 60;
/** Browsers refuse more than some hundred new addresses in half a minute, as while a slider is dragged. */
const PACE = 300;

/** Start following; call it once. */
export function follow(): void {
  followTheme((theme) => {
    state.theme.value = theme;
  });
  state.awaited.value = decode(readAddress());
  followAddress();
  followData();
}

/**
 * Keep the address bar at the selection, and the selection at the address. The address is written with the
 * choice itself, with an entry of the history for each view, run and unit, but never over an address that was put there meanwhile and not heard of yet.
 */
export function followAddress(): void {
  let timer = 0;
  let paused = 0;
  let written: Parameters = readAddress();
  let entry: string | null = null;
  const write = () => {
    clearTimeout(timer);
    const chosen = state.selection.peek();
    const there = readAddress();
    if (!chosen || state.awaited.peek()) return;
    if (there.size > 0 && !sameParameters(there, written)) return;
    written = encode(chosen);
    const next = entryOf(chosen);
    writeAddress(written, entry !== null && entry !== next && state.visible.peek());
    entry = next;
    paused = Date.now() + PACE;
  };
  effect(() => {
    void [state.selection.value, state.visible.value];
    clearTimeout(timer);
    const chosen = state.selection.peek();
    const isNew = chosen !== null && entryOf(chosen) !== entry;
    if (isNew || Date.now() >= paused) write();
    else timer = window.setTimeout(write, PACE);
  });
  window.addEventListener("pagehide", write);
  onAddress(() => {
    const parameters = readAddress();
    if (sameParameters(parameters, written)) return;
    if (parameters.size > 0) {
      written = parameters;
      const found = state.index.peek().value;
      const arrived = found && fit(decode(parameters), found);
      if (arrived) entry = entryOf(arrived);
      if (found) state.selection.value = arrived;
      else state.awaited.value = decode(parameters);
    } else if (!state.visible.peek()) return;
    write();
  });
}

/** What Back and Forward step through: views, runs, units, and the confusion that is explained. */
const entryOf = ({ view, a, b, unit, options: { overview } }: Selection): string =>
  JSON.stringify([view, a.run, a.model, b && [b.run, b.model], unit, overview?.why]);

const sameParameters = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
  one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);

/** Take over which runs are chosen in TensorBoard's own lists. */
function followFilter(): void {
  const found = readRunFilter();
  if (JSON.stringify(found) !== JSON.stringify(state.runFilter.peek()))
    state.runFilter.value = found;
}

function followData(): void {
  let missed = false;
  let hosted = true;
  const reload = () => {
    missed = !state.visible.peek();
    if (!missed) void refresh();
  };
  onVisible((visible) => {
    state.visible.value = visible;
    if (visible) followFilter();
    if (visible && missed) reload();
  });
  onAddress(followFilter);
  const onRuns = (runs: readonly string[]) => {
    state.listedRuns.value = runs;
  };
  void connect(reload, undefined, onRuns).then((answers) => {
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
  const newest = newestModel(index?.models ?? []);
  return newest === null || now - (newest.wallTimes.at(-1) ?? 0) < TRAINING;
}

let asked = 0;

/** Ask for what is recorded, and for all that has failed. */
export function askAgain(): void {
  retry();
  void refresh();
}

/** Ask what there is; what was asked before is forgotten only if something is new. */
async function refresh(): Promise<void> {
  const question = ++asked;
  try {
    const { value: answer } = await request("index", {}).ask(new AbortController().signal);
    if (question !== asked) return;
    const { state: phase, value } = state.index.peek();
    if (phase === "ready" && JSON.stringify(answer) === JSON.stringify(value)) return;
    state.receive(answer);
  } catch (error) {
    if (question === asked) state.receiveFailure(messageOf(error));
  }
}
