/** The questions of the view: which have an answer, and what would log one. */

import type { Model } from "../../api/schema";
import type { Question, WhatIfOptions } from "./options";

interface Asked {
  readonly title: string;
  /** Lines of code that log what answers it. */
  readonly code: string;
  /** Where it is recorded. */
  readonly steps: (model: Model) => readonly number[];
  /** What is shown at a step of A where it is not. */
  readonly otherwise: string;
  readonly answered: (model: Model) => boolean;
}

const NEAREST = "At other steps of A the ones before are shown, else the first.";

export const ASKED: Readonly<Record<Question, Asked>> = {
  strips: {
    title: "Strips",
    code: `from summary_ops import add_adversarial_strips, add_saliency

# after training, at a step that is recorded, of inputs of the probe set
add_adversarial_strips(writer, recorder, [0, 1, 2], step=step)
add_saliency(writer, recorder, [0, 1, 2], step=step)`,
    steps: ({ recorded }) => recorded.adversarial_strip ?? [],
    otherwise: "All strips are listed at every step of A.",
    answered: ({ strips, saliency }) => strips > 0 || Object.keys(saliency).length > 0,
  },
  removal: {
    title: "Ablation",
    code: `from summary_ops import add_ablations

# after training, at a step that is recorded
add_ablations(writer, recorder, loader, step=step)`,
    steps: ({ ablationSteps }) => ablationSteps,
    otherwise: NEAREST,
    answered: ({ ablationSteps }) => ablationSteps.length > 0,
  },
  attacks: {
    title: "Attacks",
    code: `from summary_ops import add_attack_report

# after training, at a step that is recorded; the others are other inputs
add_attack_report(
    writer, recorder, images, labels, step=step,
    reference=(others, their_labels),
)`,
    steps: ({ attackReportSteps }) => attackReportSteps,
    otherwise: NEAREST,
    answered: ({ attackReportSteps }) => attackReportSteps.length > 0,
  },
};

/** The question that was asked, else the first that has an answer, else the first. */
export function chosenQuestion(model: Model, wanted: Question | null): Question {
  const questions = Object.keys(ASKED) as Question[];
  return wanted ?? questions.find((question) => ASKED[question].answered(model)) ?? "strips";
}

/** What every answer is told. */
export interface AnswerProps {
  readonly model: Model;
  readonly options: WhatIfOptions;
}
