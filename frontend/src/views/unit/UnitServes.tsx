import { useState } from "preact/hooks";
import { Name } from "../../controls/Name";
import { FEW, shareText } from "../../controls/scores";
import { serves as ask } from "../../graphApi";
import type { Served } from "../../graphTypes";
import { subsetName } from "../../names";
import { useRemote } from "../../remote";
import * as state from "../../state";
import type { Model, UnitId } from "../../types";
import { withFirst } from "../classes/classes";
import { short } from "../scale";
import { subsetColour } from "../subsets";
import { sameUnit, useSeen } from "../visible";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const SHOWN = 8;

/** For which classes the unit is among those that hold the activation mass. */
export function UnitServes({ unit, model }: Props) {
  const [all, setAll] = useState(false);
  const moment = state.a.value;
  const key = useSeen(
    moment && model.graph ? JSON.stringify([state.revision.value, moment, unit]) : null,
  );
  const answer = useRemote(key, async () => ({
    unit,
    found: moment ? await ask(moment, unit) : null,
  }));
  if (answer.state === "failed") return <p class="note">Classes it serves: {answer.message}</p>;
  if (!answer.value?.found || !sameUnit(answer.value.unit, unit)) return null;
  const { classes, step } = answer.value.found;
  const shown = all ? classes : classes.slice(0, SHOWN);
  const top = Math.max(...classes.map(({ share }) => share), 0);
  return (
    <section>
      <h3>
        classes it serves{" "}
        {step !== moment?.step && <span class="faint">at step {step.toLocaleString("en")}</span>}
      </h3>
      {classes.length === 0 && <p class="faint">No class counts it among its strongest units.</p>}
      {classes.length > 0 && (
        <table class="serves">
          <thead>
            <tr>
              <td />
              <th title="share of the class's inputs that count it among their strongest units">
                share
              </th>
              <th title="the share over its mean of all classes">lift</th>
              <th title="how much the class's own output falls without it, to first order">
                importance
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
          {all ? "fewer" : `all ${classes.length.toLocaleString("en")}`}
        </button>
      )}
    </section>
  );
}

interface LineProps {
  readonly served: Served;
  readonly model: Model;
  readonly top: number;
}

function ServedLine({ served, model, top }: LineProps) {
  const { subset, inputs, count, share, lift, importance } = served;
  const name = subsetName(model, subset);
  const choose = () =>
    state.choose({ subsets: withFirst(state.subsets.value ?? [], subset, model) });
  return (
    <tr>
      <th scope="row">
        <button type="button" class="served" title={`choose ${name}`} onClick={choose}>
          <span
            class="served-bar"
            style={{
              "--share": top > 0 ? share / top : 0,
              "--colour": subsetColour(subset) ?? "var(--faint)",
            }}
          />
          <Name name={name} />
        </button>
      </th>
      <td title={`${count.toLocaleString("en")} of ${inputs.toLocaleString("en")} inputs`}>
        {shareText(share, inputs)}
        {inputs < FEW && <span class="faint"> few</span>}
      </td>
      <td>{lift === null ? "–" : short(lift, 2)}</td>
      <td>{importance === null ? "–" : short(importance, 2)}</td>
    </tr>
  );
}
