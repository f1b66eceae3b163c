import { useState } from "preact/hooks";
import { ofMoment, request, sent } from "../../api/ask";
import type { Model, Served, Serves } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { FEW, percent, rangeText, shareText, short } from "../../model/format";
import { NO_HUES } from "../../model/hues";
import { nearestEarlier } from "../../model/moments";
import { subsetName } from "../../model/names";
import { largest } from "../../model/scale";
import { Sparkline } from "../../plot/Sparkline";
import { useAnswer } from "../../state/answers";
import { subsetColour } from "../../state/colours";
import { counting } from "../../state/shared";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { withFirst } from "../classes/classes";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const SHOWN = 8;

/** For which classes the unit is among those that hold the activation mass. */
export function UnitServes({ unit, model }: Props) {
  const [all, setAll] = useState(false);
  const subject = state.subjects.value[0];
  const { mass = null, of = null } = counting.value;
  const answer = useAnswer(
    subject && model.graph
      ? request("serves", {
          ...ofMoment(subject.subject),
          layer: unit.layer,
          unit: unit.unit,
          s: sent(subject.subject),
          mass,
          of,
        })
      : null,
  );
  if (answer.state === "failed") return <p class="note">Classes it serves: {answer.message}</p>;
  if (!subject || !answer.value) return null;
  const { step, left, history } = answer.value;
  const classes = answer.value.classes.filter(({ count }) => count > 0);
  const shown = all ? classes : classes.slice(0, SHOWN);
  const top = largest(classes.map(({ share }) => share ?? 0));
  return (
    <section>
      <h3>
        Classes it serves{" "}
        {step !== subject.subject.step && (
          <span class="faint">at step {step.toLocaleString("en")}</span>
        )}
      </h3>
      {classes.length === 0 && <p class="faint">Not a top unit for any class.</p>}
      {classes.length > 0 && (
        <table class="serves">
          <thead>
            <tr>
              <td />
              <th>
                <Stat of="count">share</Stat>
              </th>
              <th>
                <Stat of="lift" />
              </th>
              <th>
                <Stat of="importance" />
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((served) => (
              <ServedLine key={served.subset} served={served} model={model} top={top} />
            ))}
          </tbody>
        </table>
      )}
      {classes.length > SHOWN && (
        <button type="button" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${classes.length.toLocaleString("en")}`}
        </button>
      )}
      {all && left > 0 && (
        <p class="faint">{left.toLocaleString("en")} more classes with lower scores.</p>
      )}
      {history && history.steps.length > 1 && (
        <ServedHistory history={history} name={subject.name} step={step} />
      )}
    </section>
  );
}

interface HistoryProps {
  readonly history: NonNullable<Serves["history"]>;
  readonly name: string;
  readonly step: number;
}

/** What the unit was for the first subset shown, over the steps. */
function ServedHistory({ history, name, step }: HistoryProps) {
  const at = nearestEarlier(history.steps, step);
  const line = (values: readonly (number | null)[], what: string) => {
    const known = values.map((value) => value ?? Number.NaN);
    const top = largest(known);
    return (
      <span class="together">
        {what}{" "}
        <Sparkline
          kind="line"
          values={known}
          top={top}
          at={at}
          label={`${what} for ${name} over the steps, up to ${short(top, 2)}`}
        />
      </span>
    );
  };
  return (
    <p class="faint served-history">
      <span>for {name} over the steps:</span>
      {line(history.share, "share")}
      {history.importance.some((value) => value !== null) && line(history.importance, "importance")}
    </p>
  );
}

const twoDigits = (value: number): string => short(value, 2);

interface LineProps {
  readonly served: Served;
  readonly model: Model;
  readonly top: number;
}

function ServedLine({ served, model, top }: LineProps) {
  const { subset, inputs, count, share, lift, importance } = served;
  const name = subsetName(model, subset);
  const counted = `${count.toLocaleString("en")} of ${inputs.toLocaleString("en")} inputs, importance ${importance === null ? "not known" : short(importance)}`;
  const choose = () =>
    state.choose({
      subsets: withFirst(state.subsets.value ?? [], subset, model, state.hues.value ?? NO_HUES),
    });
  return (
    <tr>
      <th scope="row">
        <button type="button" class="served" title={`Select ${name}: ${counted}`} onClick={choose}>
          <span
            class="served-bar"
            style={{
              "--share": top > 0 ? (share ?? 0) / top : 0,
              "--colour": subsetColour(subset) ?? "var(--faint)",
            }}
          />
          <Name name={name} />
        </button>
      </th>
      <td
        title={`${count.toLocaleString("en")} of ${inputs.toLocaleString("en")} inputs${rangeText(served.shareLow, served.shareHigh, percent)}`}
      >
        {shareText(share ?? Number.NaN, inputs)}
        {inputs < FEW && <span class="faint"> few</span>}
      </td>
      <td
        title={`×${short(lift ?? Number.NaN, 2)}${rangeText(served.liftLow, served.liftHigh, twoDigits)}`}
      >
        {lift === null ? "–" : short(lift, 2)}
      </td>
      <td title={importance === null ? undefined : short(importance)}>
        {importance === null ? "–" : importance.toFixed(3).replace("-", "−")}
        {served.importanceError !== null && (
          <span class="faint"> ± {short(served.importanceError, 1)}</span>
        )}
      </td>
    </tr>
  );
}
