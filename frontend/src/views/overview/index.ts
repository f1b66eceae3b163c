import { defineView } from "../define";
import { lazily } from "../lazily";
import { overviewOptions } from "./options";

export const overview = defineView({
  id: "overview",
  title: "Overview",
  options: overviewOptions,
  View: lazily(async () => (await import("./OverviewView")).OverviewView),
});
