/** What a panel asks the backend, and how the answers become its data. */

import { useMemo } from "preact/hooks";
import { Failure, request, sent, settled } from "../api/ask";
import type { Activations, Distributions, Divergence, Remote } from "../api/types";
import { hueColour, type Theme } from "../model/color";
import { at, type PanelData, type PanelDivergence } from "../model/histograms/panel";
import type { InstanceMark, ShownSubject, Slot } from "../model/shown";
import { useAnswers } from "../state/answers";

export interface HistogramQuestion {
  readonly layer: string;
  readonly type: string;
  readonly subjects: readonly ShownSubject[];
  /** Indices of the two subjects whose divergence is shown. */
  readonly pair: readonly [number, number] | null;
  readonly instances: readonly number[];
  /** Moments at which these instances are known: B only if its run has the same probe set. */
  readonly places: readonly Slot[];
}

/** Activations of the chosen instances at one moment, `[instances, units]` in the order of A's units. */
interface PlacedValues {
  readonly place: Slot;
  readonly values: readonly Float32Array[];
}

/** A panel's data but for the colours, which depend on the theme. */
export interface Loaded {
  readonly question: HistogramQuestion;
  readonly data: Omit<PanelData, "subjects" | "instances" | "names" | "dead">;
  readonly found: readonly PanelData["subjects"][number]["found"][];
  readonly activations: readonly PlacedValues[];
  /** Why instances are missing from the picture, or stand in another step's. */
  readonly note: string | null;
}

/** The answer to a question, once all of it is there. */
export function useHistograms(question: HistogramQuestion | null): Remote<Loaded> {
  const answer = useAnswers(question && requestsOf(question), question);
  const { value, about } = answer;
  const loaded = useMemo(() => value && about && loadedOf(about, value), [value, about]);
  return { ...answer, value: loaded } as Remote<Loaded>;
}

/** Histograms; of two subjects their divergence; of instances their activations, as far as they can be read. */
function requestsOf({ layer, subjects, pair, instances, places }: HistogramQuestion) {
  const [one, other] = (pair ?? []).map((index) => subjects[index]?.subject);
  const dots = placesOf(subjects, instances.length ? places : []).map(({ subject }) =>
    settled(request("activations", { layer, s: sent(subject), i: instances })),
  );
  return [
    request("distributions", { layer, s: subjects.map(({ subject }) => sent(subject)) }),
    one && other ? request("divergence", { layer, s: [sent(one), sent(other)] }) : null,
    ...dots,
  ] as const;
}

/** The moments of instances, each with a subject that is shown there. */
const placesOf = (subjects: readonly ShownSubject[], places: readonly Slot[]) =>
  places.flatMap((place) => subjects.find((shown) => shown.place === place) ?? []);

type Values = readonly [Distributions, Divergence | null, ...(Activations | Failure)[]];

function loadedOf(
  question: HistogramQuestion,
  [{ arrays, meta }, divergence, ...dots]: Values,
): Loaded {
  const { layer, type, subjects, pair, instances } = question;
  const notes: string[] = [];
  const activations = placesOf(subjects, question.places).flatMap(({ place }, index) => {
    const found = dots[index];
    if (found instanceof Failure) notes.push(`No dots at ${place}: ${found.message}`);
    if (!found || found instanceof Failure) return [];
    const { step, subsetStep } = found.meta;
    if (step !== subsetStep)
      notes.push(
        `The dots at ${place} are those of step ${step}, the distributions those of step ${subsetStep}`,
      );
    const subject = subjects.findIndex((shown) => shown.place === place);
    const { data, shape } = found.arrays.values;
    const own = Array.from(
      { length: arrays.counts.shape[1] ?? 0 },
      (_, unit) => arrays.unit.data[at(arrays, subject, unit)] ?? -1,
    );
    const units = shape[1] ?? 0;
    const values = instances.map((_, row) =>
      Float32Array.from(own, (unit) =>
        unit < units ? (data[row * units + unit] ?? Number.NaN) : Number.NaN,
      ),
    );
    return [{ place, values }];
  });
  return {
    question,
    data: { layer, type, histograms: arrays, divergence: divergenceOf(pair, divergence) },
    found: meta.subjects,
    activations,
    note: notes.length ? notes.join("; ") : null,
  };
}

function divergenceOf(
  pair: HistogramQuestion["pair"],
  divergence: Divergence | null,
): PanelDivergence | null {
  if (!pair || !divergence) return null;
  const { wasserstein, ratio, jensen_shannon, kolmogorov_smirnov } = divergence.arrays;
  return {
    of: pair[0],
    from: pair[1],
    wasserstein: wasserstein.data,
    ratio: ratio.data,
    jensenShannon: jensen_shannon.data,
    kolmogorovSmirnov: kolmogorov_smirnov.data,
  };
}

const NO_UNITS: ReadonlySet<number> = new Set();

/** The panel's data in the colours of a theme. */
export function coloured(
  loaded: Loaded,
  theme: Theme,
  marks: readonly InstanceMark[],
  names: (instance: number) => string,
  unitNames: ReadonlyMap<number, string>,
  dead: ReadonlySet<number> = NO_UNITS,
): PanelData {
  const { question, data, found, activations } = loaded;
  return {
    ...data,
    names: unitNames,
    dead,
    subjects: question.subjects.flatMap(({ place, key, name, hue }, index) => {
      const answer = found[index];
      return answer ? [{ place, key, name, colour: hueColour(hue, theme), found: answer }] : [];
    }),
    instances: activations.flatMap(({ place, values }) =>
      question.instances.flatMap((instance, row) => {
        const mark = marks.find((candidate) => candidate.instance === instance);
        const own = values[row];
        return mark && own ? [{ place, name: names(instance), mark, values: own }] : [];
      }),
    ),
  };
}
