/** The page's state: all signals live here. What is chosen is one immutable `selection`. */

import { batch, computed, signal } from "@preact/signals";
import type { Index, Model } from "../api/schema";
import type { ModelId, Moment, Remote, UnitId } from "../api/types";
import type { Theme } from "../model/color";
import { remembered } from "../model/hues";
import { findModel, follow, sameModel } from "../model/moments";
import { keyIn, subsetName } from "../model/names";
import { NO_FILTER, type RunFilter } from "../model/runs";
import type { LinkedMoment, ShownSubject, Slot } from "../model/shown";
import {
  fit,
  moved,
  refit,
  type Selection,
  toggled,
  toggledSubset,
  toggledUnit,
} from "./selection";

export const theme = signal<Theme>("light");
/** Whether the tab is in sight; nothing is computed while it is not. */
export const visible = signal(true);
/** What happened last, for people who listen to the page. */
export const status = signal("");

/** Names of all runs as TensorBoard lists them, and which of them are chosen there. */
export const listedRuns = signal<readonly string[]>([]);
export const runFilter = signal<RunFilter>(NO_FILTER);

/** Counts the reloads that brought something new: what was asked before is asked again. */
export const revision = signal(0);

export const index = signal<Remote<Index>>({ state: "loading", value: null });
/** What the address bar asked for and what is not there yet. */
export const awaited = signal<Partial<Selection> | null>(null);
export const selection = signal<Selection | null>(null);

const part = <K extends keyof Selection>(key: K) =>
  computed<Selection[K] | null>(() => selection.value?.[key] ?? null);

export const view = part("view");
export const a = part("a");
export const b = part("b");
export const more = part("more");
export const layers = part("layers");
export const subsets = part("subsets");
export const hues = part("hues");
export const instances = part("instances");
export const marked = part("marked");
export const hidden = part("hidden");
export const unit = part("unit");

export const modelA = computed<Model | null>(() => modelOf(a.value));
export const modelB = computed<Model | null>(() => modelOf(b.value));

/** Moment B at the step that was found; null when no B is chosen. */
export const momentB = computed<Moment | null>(() => {
  const [from, to] = [modelA.value, modelB.value];
  if (!from || !to || !a.value || !b.value) return null;
  const { run, model, steps } = to;
  return { run, model, step: steps[follow(b.value.link, from, a.value.step, to)] ?? 0 };
});

/** What is shown, moments × subsets: for each subset A, then B where B has that subset. */
export const subjects = computed<readonly ShownSubject[]>(() => {
  const [from, to] = [modelA.value, modelB.value];
  const moment = a.value;
  if (!from || !moment) return [];
  return (subsets.value ?? []).flatMap(({ key, hue }) => {
    const name = subsetName(from, key);
    const at = (place: Slot, where: Moment, subset: string): ShownSubject => ({
      subject: { run: where.run, model: where.model, step: where.step, subset },
      place,
      key,
      hue,
      name,
    });
    const partner = to && partnerIn(key, from, to);
    const second = momentB.value && partner ? [at("B", momentB.value, partner)] : [];
    return [at("A", moment, key), ...second];
  });
});

/** Those of the subjects that have histograms. */
export const recorded = computed<readonly ShownSubject[]>(() =>
  subjects.value.filter(({ place, subject }) =>
    (place === "A" ? modelA : modelB).value?.subsets.includes(subject.subset),
  ),
);

/** The comparison that ranks layers and, by default, units: the first two subjects. */
export const comparison = computed<readonly [ShownSubject, ShownSubject] | null>(() => {
  const [one, other] = subjects.value;
  return one && other ? [one, other] : null;
});

/** Keys of A's subsets that B's run does not have; empty without a B. */
export const onlyInA = computed<ReadonlySet<string>>(() => {
  const [from, to] = [modelA.value, modelB.value];
  if (!from || !to) return new Set();
  return new Set(from.subsets.filter((key) => partnerIn(key, from, to) === null));
});

function partnerIn(key: string, from: Model, to: Model): string | null {
  const partner = keyIn(key, from, to);
  const known = partner !== null && (to.subsets.includes(partner) || isCounted(to, partner));
  return known ? partner : null;
}

const isCounted = ({ graph: counted }: Model, key: string): boolean =>
  counted?.subsets.includes(key) ?? false;

function modelOf(id: ModelId | null): Model | null {
  return id && index.value.value ? findModel(index.value.value, id) : null;
}

/** Take in a new index: keep the selection, or make the one that the address bar or the defaults ask for. */
export function receive(next: Index): void {
  const before = index.peek().value;
  batch(() => {
    revision.value++;
    index.value = { state: "ready", value: next };
    const wanted = awaited.peek() ?? selection.peek() ?? {};
    if (awaited.peek() || !selection.peek() || !before) {
      selection.value = fit(wanted, next);
      if (selection.peek() && (!wanted.a || findModel(next, wanted.a))) awaited.value = null;
    } else {
      selection.value = refit(selection.peek() as Selection, before, next);
    }
  });
}

export function receiveFailure(message: string): void {
  index.value = { state: "failed", value: index.value.value, message };
}

/** Change parts of the selection. */
export function choose(changes: Partial<Selection>): void {
  if (!selection.value) return;
  awaited.value = null;
  const next = { ...selection.value, ...changes };
  const model = modelA.peek();
  selection.value =
    changes.subsets && model ? { ...next, hues: remembered(next.hues, next.subsets, model) } : next;
}

export function chooseA(id: ModelId): void {
  const to = modelOf(id);
  if (!selection.value || !modelA.value || !to || !index.value.value) return;
  awaited.value = null;
  selection.value = moved(selection.value, modelA.value, to, index.value.value);
}

/** Compare with another moment; within A's own run it is pinned to the first record, else it goes along with A. */
export function chooseB(id: ModelId | null): void {
  const to = modelOf(id);
  if (!to || !a.value) {
    choose({ b: null });
    return;
  }
  const link: LinkedMoment["link"] = sameModel(to, a.value)
    ? { kind: "pinned", step: to.steps[0] ?? 0 }
    : { kind: "same", by: "step" };
  choose({ b: { run: to.run, model: to.model, link } });
}

export function chooseLink(link: LinkedMoment["link"]): void {
  if (b.value) choose({ b: { ...b.value, link } });
}

export function moveTo(step: number): void {
  if (a.value) choose({ a: { ...a.value, step } });
}

export function toggleMore({ run, model }: ModelId): void {
  const others = (more.value ?? []).filter((id) => !sameModel(id, { run, model }));
  const wasShown = others.length !== more.value?.length;
  choose({ more: wasShown ? others : [...others, { run, model }] });
}

export function toggleLayer(name: string): void {
  const shown = new Set(toggled(layers.value ?? [], name));
  choose({
    layers: (modelA.value?.layers ?? [])
      .map((layer) => layer.name)
      .filter((known) => shown.has(known)),
  });
}

export function toggleSubset(key: string): void {
  const { subsets: shown, hues: known } = selection.value ?? {};
  if (modelA.value && shown && known)
    choose({ subsets: toggledSubset(shown, key, modelA.value, known) });
}

export function toggleInstance(instance: number): void {
  choose({ instances: toggled(instances.value ?? [], instance) });
}

export function toggleMarked(id: UnitId): void {
  choose({ marked: toggledUnit(marked.value ?? new Map(), id) });
}

export function toggleHidden(id: UnitId): void {
  choose({ hidden: toggledUnit(hidden.value ?? new Map(), id) });
}
