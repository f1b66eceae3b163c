import { Failure, ofMoment, request } from "../../api/ask";
import type { Findings, Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { lastStep, momentAt } from "../../model/moments";
import { ViewTools } from "../../panels/ViewTools";
import { sheetOf } from "../../plot/columns";
import { useAnswer, useAnswers } from "../../state/answers";
import * as state from "../../state/store";
import type { ViewProps } from "../define";
import { AllFindings, columnsOf, filtered } from "./AllFindings";
import { Confusions } from "./Confusions";
import { FindingsList } from "./FindingsList";
import { findingsOf, ranked, rivalOf } from "./findings";
import { Headline } from "./Headline";
import { HealthRow } from "./HealthRow";
import { Learning } from "./Learning";
import type { OverviewOptions } from "./options";
import { Recorded } from "./Recorded";
import { useLearning } from "./useLearning";
import { WhyView } from "./WhyView";

/** The front of the page: how good, what stands out, what is broken, what is recorded. */
export function OverviewView({ model, a, options }: ViewProps<OverviewOptions>) {
  return options.why ? (
    <WhyView key={options.why.join()} model={model} a={a} confusion={options.why} />
  ) : (
    <Front model={model} a={a} options={options} />
  );
}

/** What A is compared with: B where one is chosen, else the record before and the other run. */
function comparisons(model: Model, a: Moment): readonly (readonly Moment[])[] {
  const b = state.momentB.value;
  if (b) return [[a, b]];
  const rival = rivalOf(state.index.value.value?.models ?? [], model);
  const isLast = a.step === lastStep(model);
  return [[a], ...(rival ? [[a, momentAt(rival, isLast ? lastStep(rival) : a.step)]] : [])];
}

function Front({ model, a, options }: ViewProps<OverviewOptions>) {
  const learning = useLearning(model, a);
  const found = useAnswers(comparisons(model, a).map(findingsOf));
  const health = useAnswer(request("health", ofMoment(a)));
  const answers = found.value;
  const read = (answers ?? []).filter((one): one is Findings => !(one instanceof Failure));
  const all = ranked(read);
  return (
    <div
      class="overview"
      data-view="overview"
      aria-busy={[learning.state, found.state, health.state].includes("loading")}
    >
      <ViewTools
        label="Overview"
        savable={
          found.state === "loading"
            ? null
            : () => ({
                name: "overview",
                caption: `${model.run}, step ${a.step}`,
                tables: () => [
                  sheetOf(columnsOf(model), options.all ? filtered(all, options) : all),
                ],
              })
        }
      >
        <Headline model={model} a={a} learning={learning} />
      </ViewTools>
      {learning.message && <p class="note">{learning.message}</p>}
      <div class="overview-columns">
        <FindingsList model={model} answers={answers} learning={learning} health={health.value} />
        <div class="overview-side">
          <Learning learning={learning} />
          <Confusions learning={learning} />
        </div>
      </div>
      {options.all && <AllFindings model={model} all={all} options={options} />}
      <HealthRow answer={health} />
      <Recorded model={model} />
    </div>
  );
}
