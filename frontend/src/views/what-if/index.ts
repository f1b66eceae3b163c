import { defineView } from "../define";
import { whatIfOptions } from "./options";
import { WhatIfView } from "./WhatIfView";

export const whatIf = defineView({
  id: "what-if",
  title: "What if",
  options: whatIfOptions,
  View: WhatIfView,
  rail: { acts: ["subsets", "instances"] },
  keys: [["← → on a strip", "Previous and next frame, as the slider under it"]],
});
