/** What a panel asks the backend, and how the answers become its data. */

import * as api from "../api/routes";
import type { InstanceMark, Place, ShownSubject } from "../api/types";
import { hueColour, type Theme } from "../model/color";
import { at, type PanelData, type PanelDivergence } from "../model/histograms/panel";

export interface Question {
  readonly layer: string;
  readonly type: string;
  readonly subjects: readonly ShownSubject[];
  /** Indices of the two subjects whose divergence is shown. */
  readonly pair: readonly [number, number] | null;
  readonly instances: readonly number[];
  /** Moments at which these instances are known: B only if its run has the same probe set. */
  readonly places: readonly Place[];
}

/** Activations of the chosen instances at one moment, `[instances, units]` in the order of A's units. */
interface PlacedValues {
  readonly place: Place;
  readonly values: readonly Float32Array[];
}

/** A panel's data but for the colours, which depend on the theme. */
export interface Loaded {
  readonly question: Question;
  readonly data: Omit<PanelData, "subjects" | "instances" | "names">;
  readonly found: readonly PanelData["subjects"][number]["found"][];
  readonly activations: readonly PlacedValues[];
  /** Why instances are missing from the picture, or stand in another step's. */
  readonly note: string | null;
}

export async function load(question: Question): Promise<Loaded> {
  const { layer, type, subjects } = question;
  const [histograms, divergence, instances] = await Promise.all([
    api.distributions(
      layer,
      subjects.map(({ subject }) => subject),
    ),
    loadDivergence(question),
    loadActivations(question),
  ]);
  const { arrays, meta } = histograms;
  const activations = instances.answers.map(({ place, values }) => {
    const subject = subjects.findIndex((shown) => shown.place === place);
    const units = arrays.counts.shape[1] ?? 0;
    const ownUnits = Array.from(
      { length: units },
      (_, unit) => arrays.unit.data[at(arrays, subject, unit)],
    );
    return {
      place,
      values: values.map((own) =>
        Float32Array.from(ownUnits, (unit) => own[unit ?? -1] ?? Number.NaN),
      ),
    };
  });
  return {
    question,
    data: { layer, type, histograms: arrays, divergence },
    found: meta.subjects,
    activations,
    note: instances.note,
  };
}

async function loadDivergence({
  layer,
  subjects,
  pair,
}: Question): Promise<PanelDivergence | null> {
  const [of = -1, from = -1] = pair ?? [];
  const [one, other] = [subjects[of], subjects[from]];
  if (!one || !other) return null;
  const { arrays } = await api.divergence(layer, one.subject, other.subject);
  return {
    of,
    from,
    wasserstein: arrays.wasserstein.data,
    ratio: arrays.ratio.data,
    jensenShannon: arrays.jensen_shannon.data,
    kolmogorovSmirnov: arrays.kolmogorov_smirnov.data,
  };
}

/** A moment without recorded instances costs their dots, not the panel. */
async function loadActivations({ layer, subjects, instances, places }: Question) {
  const answers: PlacedValues[] = [];
  const notes: string[] = [];
  for (const place of instances.length ? places : []) {
    const subject = subjects.find((shown) => shown.place === place)?.subject;
    if (!subject) continue;
    try {
      const { arrays, meta } = await api.activations(layer, subject, instances);
      const { values } = arrays;
      if (meta.step !== meta.subsetStep)
        notes.push(
          `The dots at ${place} are those of step ${meta.step}, the distributions those of step ${meta.subsetStep}`,
        );
      const units = values.shape[1] ?? 0;
      answers.push({
        place,
        values: instances.map((_, row) => values.data.subarray(row * units, (row + 1) * units)),
      });
    } catch (error) {
      notes.push(`No dots at ${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { answers, note: notes.length ? notes.join("; ") : null };
}

/** The panel's data in the colours of a theme. */
export function coloured(
  loaded: Loaded,
  theme: Theme,
  marks: readonly InstanceMark[],
  names: (instance: number) => string,
  unitNames: ReadonlyMap<number, string>,
): PanelData {
  const { question, data, found, activations } = loaded;
  return {
    ...data,
    names: unitNames,
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
