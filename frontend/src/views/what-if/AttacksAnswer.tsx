import { ofMoment, request } from "../../api/ask";
import type { AttackReport, Model } from "../../api/schema";
import { percent } from "../../model/format";
import type { StatisticId } from "../../model/statistics";
import { ViewTools } from "../../panels/ViewTools";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Stat } from "../../ui/Stat";
import { Select } from "../../ui/tools";
import { AttackTable } from "./AttackTable";
import { whatIfOptions } from "./options";
import type { AnswerProps } from "./questions";
import { ASKED } from "./questions";
import { RateChart } from "./RateChart";
import { savableReport } from "./savableReport";
import { chosenMeasure, groupSentence, measureName, measuresOf, summary } from "./verdicts";

/** Whether attacked inputs can be detected by the activations of units. */
export function AttacksAnswer({ model, options }: AnswerProps) {
  const moment = state.a.value;
  const isRecorded = model.attackReportSteps.length > 0;
  const answer = useAnswer(
    moment && isRecorded ? request("attack_report", ofMoment(moment)) : null,
  );
  const report = answer.value;
  return (
    <div class="attacks" aria-busy={isRecorded && answer.state === "loading"}>
      {!isRecorded && (
        <Message title="No attack report recorded" code={ASKED.attacks.code}>
          The report attacks held-out images at several strengths and measures how well neural
          divergence detects them, compared with max-softmax, margin and energy.
        </Message>
      )}
      {isRecorded && answer.state === "failed" && (
        <Message kind="failed" title="The attack report could not be read">
          {answer.message}
        </Message>
      )}
      {isRecorded && !report && answer.state === "loading" && (
        <Message kind="loading" title="Loading the attack report…" />
      )}
      {report && (
        <Report
          model={model}
          report={report}
          measure={chosenMeasure(report, options.measure)}
          isElsewhere={report.step !== moment?.step}
        />
      )}
    </div>
  );
}

const STAT_OF: Readonly<Record<string, StatisticId>> = {
  tail: "tail",
  surprisal: "surprisal",
  robust_z: "robustZ",
};

interface ReportProps {
  readonly model: Model;
  readonly report: AttackReport;
  readonly measure: string;
  /** Whether it was recorded at another step than the one chosen. */
  readonly isElsewhere: boolean;
}

function Report({ model, report, measure, isElsewhere }: ReportProps) {
  const measures = measuresOf(report);
  return (
    <>
      <ViewTools label="Attacks" savable={() => savableReport(model.run, report)}>
        {measures.length > 0 && (
          <Select
            label="Divergence measure"
            title="How an input’s distance from its predicted class is measured"
            value={measure}
            choices={measures}
            name={measureName}
            onChoose={(chosen) => whatIfOptions.choose({ measure: chosen })}
          />
        )}
      </ViewTools>
      <div class="what-if-scroll">
        <div class="report-summary">
          {summary(report, measure).map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
        <AttackTable model={model} report={report} measure={measure} />
        <p class="faint report-note">
          <Stat of="auroc" /> with its {percent(report.level ?? Number.NaN)} interval from{" "}
          {report.bootstrap.toLocaleString("en")} resamples: ▲ significantly above .5, ▼ below, ·
          neither. Class statistics come from {report.reference.toLocaleString("en")} reference
          inputs not used in this table. Scores: <Stat of="baselines" />
          {STAT_OF[measure] && (
            <>
              ; <Stat of={STAT_OF[measure]} />
            </>
          )}
          .{isElsewhere && ` Recorded at step ${report.step.toLocaleString("en")}.`}
        </p>
        <div class="report-more">
          <section aria-label="Attack by attack">
            <h2>Attack by attack</h2>
            <ul>
              {report.groups.map((group, place) => (
                <li key={place} data-sentence={place}>
                  {groupSentence(report, group, measure)}
                </li>
              ))}
            </ul>
          </section>
          <RateChart report={report} />
        </div>
      </div>
    </>
  );
}
