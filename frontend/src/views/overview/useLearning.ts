/** What the overview asks of class metrics: at A, and at what A is compared with. */

import { ofModel, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Metrics, Moment } from "../../api/types";
import { findModel } from "../../model/moments";
import { useAnswers } from "../../state/answers";
import * as state from "../../state/store";

/** A moment with its model and metrics. */
export interface Measured {
  readonly model: Model;
  readonly moment: Moment;
  readonly metrics: Metrics;
}

export interface Learning {
  readonly state: "loading" | "ready" | "failed";
  readonly message: string | null;
  readonly now: Measured | null;
  /** B, or the record before A. */
  readonly other: Measured | null;
  /** Whether that is a B which a person has chosen. */
  readonly isChosen: boolean;
}

const isMeasured = (model: Model | null): model is Model =>
  model !== null && model.task !== null && "class_metrics" in model.recorded;

/** B where one is chosen, else the record before A. */
export function otherMoment(model: Model, a: Moment): Moment | null {
  const chosen = state.momentB.value;
  if (chosen) return chosen;
  const before = model.steps.findLast((step) => step < a.step);
  return before === undefined ? null : { ...a, step: before };
}

export function useLearning(model: Model, a: Moment): Learning {
  const index = state.index.value.value;
  const moment = otherMoment(model, a);
  const found = moment && index ? findModel(index, moment) : null;
  const other = isMeasured(found) ? found : null;
  const of = (one: Model, { step }: Moment) => request("metrics", { ...ofModel(one), step });
  const answer = useAnswers(
    isMeasured(model) ? [of(model, a), other && moment ? of(other, moment) : null] : null,
    { model, moment: a, other, beside: moment },
  );
  const [mine, theirs] = answer.value ?? [];
  const about = answer.about;
  return {
    state: isMeasured(model) ? answer.state : "ready",
    message: answer.state === "failed" ? answer.message : null,
    now: mine && about ? { model: about.model, moment: about.moment, metrics: mine } : null,
    other:
      theirs && about?.other && about.beside
        ? { model: about.other, moment: about.beside, metrics: theirs }
        : null,
    isChosen: state.momentB.value !== null,
  };
}
