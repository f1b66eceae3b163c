import type { Model } from "../../api/schema";
import { listed } from "../../model/sentences";
import * as state from "../../state/store";
import { Tabs } from "../../ui/Tabs";
import type { ViewProps } from "../define";
import { AttacksAnswer } from "./AttacksAnswer";
import type { WhatIfOptions } from "./options";
import { QUESTIONS, type Question, whatIfOptions } from "./options";
import { type AnswerProps, ASKED, chosenQuestion } from "./questions";
import { RemovalAnswer } from "./RemovalAnswer";
import { StripsAnswer } from "./StripsAnswer";

const ANSWERS: Readonly<Record<Question, (props: AnswerProps) => preact.JSX.Element>> = {
  strips: StripsAnswer,
  removal: RemovalAnswer,
  attacks: AttacksAnswer,
};

const TABS = QUESTIONS.map((id) => ({ id, title: ASKED[id].title }));

/** What would be if an input, a unit or an attack were another. */
export function WhatIfView({ model, options }: ViewProps<WhatIfOptions>) {
  const question = chosenQuestion(model, options.question);
  const Answer = ANSWERS[question];
  const choose = (id: string) => {
    const chosen = QUESTIONS.find((known) => known === id);
    if (chosen) whatIfOptions.choose({ question: chosen });
  };
  return (
    <div class="what-if" data-view="what-if" data-question={question}>
      <Tabs
        tabs={TABS}
        chosen={question}
        label="Questions"
        panel="what-if-answer"
        onChoose={choose}
      />
      {state.b.value && (
        <p class="note">Showing run {model.run} (A) only. To see B, select it as A.</p>
      )}
      <WhySteps model={model} question={question} />
      <div
        class="what-if-answer"
        id="what-if-answer"
        role="tabpanel"
        aria-labelledby={`tab-${question}`}
      >
        <Answer key={question} model={model} options={options} />
      </div>
    </div>
  );
}

interface StepsProps {
  readonly model: Model;
  readonly question: Question;
}

/** Which steps of A there is an answer for; nothing where there is one for each. */
function WhySteps({ model, question }: StepsProps) {
  const { title, steps, otherwise } = ASKED[question];
  const known = steps(model);
  if (known.length === 0 || model.steps.every((step) => known.includes(step))) return null;
  const list = listed(known.map((step) => step.toLocaleString("en")));
  return (
    <p class="note">
      {known.length === 1
        ? `${title}: recorded at step ${list} only, and the same at every step of A.`
        : `${title}: recorded at steps ${list}. ${otherwise}`}
    </p>
  );
}
