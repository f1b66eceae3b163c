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
