import { defineView } from "../define";
import { OverviewView } from "./OverviewView";
import { overviewOptions } from "./options";

export const overview = defineView({
  id: "overview",
  title: "Overview",
  options: overviewOptions,
  View: OverviewView,
});
