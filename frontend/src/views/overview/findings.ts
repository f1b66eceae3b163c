/** Which findings the overview shows, and in which order. */

import { group } from "d3-array";
import { ofMoment, request, sent, settled } from "../../api/ask";
import type { Finding, FindingSubject, Findings, Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { newestModel, sameModel } from "../../model/moments";
import { classNames, shownName } from "../../model/names";
import { largest } from "../../model/scale";
import type { Confusion } from "../../state/shared";

/** Findings that are shown first. */
export const FIRST = 5;

export const SEVERITIES = ["act", "look", "note"] as const;

/** A finding, and what it is about in a few words. */
export interface Told {
  readonly finding: Finding;
  readonly about: string;
}

export const findingsOf = (moments: readonly Moment[]) =>
  settled(request("findings", { s: moments.map((at) => sent({ ...at, subset: "all" })) }));

/** The run recorded last of those with the same task and at least half of the classes in common; null for none. */
export function rivalOf(models: readonly Model[], model: Model): Model | null {
  const classes = new Set(model.classes);
  return newestModel(
    models.filter((other) => {
      const shared = other.classes.filter((name) => classes.has(name)).length;
      const most = Math.max(model.classes.length, other.classes.length);
      return !sameModel(other, model) && other.task === model.task && 2 * shared >= most;
    }),
  );
}

const aboutOf = (finding: Finding): string => {
  const [now, then] = finding.subjects;
  if (!now) return "";
  if (!then) return `at step ${now.step.toLocaleString("en")}`;
  const step = then.step.toLocaleString("en");
  return sameModel(now, then)
    ? `since step ${step}`
    : `against ${shownName(then.run)}, step ${step}`;
};

const identity = ({ kind, subjects, layer, layers, classes }: Finding): string =>
  JSON.stringify([kind, subjects.map(ofMoment), layer, layers, classes]);

/**
 * All findings of some answers, each once: the gravest first; of one severity changes since the record before,
 * differences from the other run, and what is so in turn, each in the order of the engine.
 */
export function ranked(answers: readonly Findings[]): readonly Told[] {
  const seen = new Set<string>();
  const all = answers
    .flatMap(({ findings }) => findings)
    .filter((finding) => {
      const key = identity(finding);
      return !seen.has(key) && seen.add(key);
    });
  const groups = group(all, aboutOf);
  return SEVERITIES.flatMap((severity) => {
    const rows = [...groups]
      .map(([about, found]) => ({
        about,
        found: found.filter((finding) => finding.severity === severity),
      }))
      .toSorted((one, other) => changes(other.found) - changes(one.found));
    const longest = largest(rows.map(({ found }) => found.length));
    return Array.from({ length: longest }, (_, at) =>
      rows.flatMap(({ about, found }) => {
        const finding = found[at];
        return finding ? [{ finding, about }] : [];
      }),
    ).flat();
  });
}

/** Comparisons go before what is so of one record. */
const changes = ([first]: readonly Finding[]): number => first?.subjects.length ?? 0;

/** The confusion that a finding is about, by index; null where it is about none. */
export function confusionOf({ kind, classes }: Finding, model: Model): Confusion | null {
  if (!/^(confusion|classes_swapped)/.test(kind)) return null;
  const [truth, predicted] = classes.map((name) => indexOf(model, name));
  return truth === undefined || predicted === undefined || truth < 0 || predicted < 0
    ? null
    : [truth, predicted];
}

/** Where a class stands by the name that findings give it. */
export const indexOf = (model: Model, name: string): number => {
  const found = model.classes.indexOf(name);
  return found >= 0 ? found : classNames(model.classes).indexOf(name);
};

/** The words of a kind, as in `class_improved`. */
export const kindName = (kind: string): string => kind.replaceAll("_", " ");

export const subjectWords = ({ run, step }: FindingSubject): string =>
  `${shownName(run)}, step ${step.toLocaleString("en")}`;

/** A sentence without, and with how sure it is: the brackets with intervals and q are told apart. */
export function parts(sentence: string): readonly [text: string, sure: string, rest: string] {
  const found = /^(.*?)\s*(\((?:95 % interval|q )[^()]*\))(\..*)$/s.exec(sentence);
  return found ? [found[1] ?? "", found[2] ?? "", found[3] ?? ""] : [sentence, "", ""];
}
