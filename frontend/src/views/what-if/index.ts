import { defineView } from "../define";
import { lazily } from "../lazily";
import { type Question, whatIfOptions } from "./options";
import { chosenQuestion } from "./questions";

const SENTENCES: Readonly<Record<Question, string>> = {
  strips: "How an image would have to change for the model to predict another class.",
  removal: "What a class loses when one unit is replaced by a constant: predicted and measured.",
  attacks: "Whether attacked inputs can be detected by the activations of units.",
};

export const whatIf = defineView({
  id: "what-if",
  title: "What if",
  options: whatIfOptions,
  View: lazily(async () => (await import("./WhatIfView")).WhatIfView),
  sentence: ({ model, options }) => SENTENCES[chosenQuestion(model, options.question)],
  rail: { acts: ["subsets", "instances"] },
  keys: [["← → on a strip", "Previous and next frame, as the slider under it"]],
});
