import type { Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { short } from "../../model/format";
import { sameModel } from "../../model/moments";
import { shownName } from "../../model/names";
import { scoreName } from "../../model/scores";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { rivalOf } from "./findings";
import { overall, valueAt, wilson } from "./learning";
import type { Learning, Measured } from "./useLearning";

interface Props {
  readonly model: Model;
  readonly a: Moment;
  readonly learning: Learning;
}

/** Which run and step, how good it is, and by how much that has changed. */
export function Headline({ model, a, learning }: Props) {
  const { now, other, isChosen } = learning;
  return (
    <header class="overview-head">
      <h2>
        <Name name={model.run} /> <span class="faint">step {a.step.toLocaleString("en")}</span>
      </h2>
      {now && (
        <p class="overview-score">
          <Score of={now} />
          {other && <Change now={now} other={other} isChosen={isChosen} />}
        </p>
      )}
      <Rival model={model} />
    </header>
  );
}

function Score({ of: { model, moment, metrics } }: { readonly of: Measured }) {
  const { value, n } = valueAt(overall(metrics, model.task), moment.step);
  const isError = model.task === "regression";
  const [low, high] = wilson(value, n);
  return (
    <>
      <strong data-score={value}>{isError ? short(value) : shareWords(value)}</strong>{" "}
      {isError ? scoreName(model.task) : <Stat of="accuracy">{scoreName(model.task)}</Stat>} on{" "}
      {n.toLocaleString("en")} inputs
      {!isError && n > 0 && (
        <span class="faint">
          {" "}
          (95 % interval {shareWords(low)} to {shareWords(high)})
        </span>
      )}
    </>
  );
}

/** `87.6 %`: a share as the first number of the page, with a digit after the point. */
const shareWords = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";

interface ChangeProps {
  readonly now: Measured;
  readonly other: Measured;
  readonly isChosen: boolean;
}

function Change({ now, other, isChosen }: ChangeProps) {
  const at = ({ model, moment, metrics }: Measured) =>
    valueAt(overall(metrics, model.task), moment.step);
  const [here, there] = [at(now), at(other)];
  const change = here.value - there.value;
  const where = sameModel(now.model, other.model)
    ? `step ${there.step.toLocaleString("en")}`
    : `${shownName(other.model.run)}, step ${there.step.toLocaleString("en")}`;
  const isError = now.model.task === "regression";
  const size = isError ? short(Math.abs(change)) : `${(100 * Math.abs(change)).toFixed(1)} points`;
  const words = change === 0 ? "as at" : `${size} ${change > 0 ? "more" : "less"} than at`;
  return (
    <>
      , <span data-change={change}>{words}</span> {isChosen && <span class="place-badge">B</span>}{" "}
      <bdi>{where}</bdi>{" "}
      <span class="faint">({isError ? short(there.value) : shareWords(there.value)})</span>
    </>
  );
}

/** One click compares with the run that was recorded last of the others, another with none. */
function Rival({ model }: { readonly model: Model }) {
  const rival = rivalOf(state.index.value.value?.models ?? [], model);
  if (state.b.value) {
    return (
      <button type="button" data-undrawn onClick={() => state.chooseB(null)}>
        Stop comparing
      </button>
    );
  }
  return (
    rival && (
      <button type="button" data-undrawn onClick={() => state.chooseB(rival)}>
        Compare with <Name name={rival.run} />
      </button>
    )
  );
}
