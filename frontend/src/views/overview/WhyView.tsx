import { Failure, ofMoment, request, settled } from "../../api/ask";
import type { Confusion as Answer, Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { percent } from "../../model/format";
import { className } from "../../model/names";
import { ViewTools } from "../../panels/ViewTools";
import { sheetOf } from "../../plot/columns";
import { useAnswer } from "../../state/answers";
import { type Confusion, explained } from "../../state/shared";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { WhyGraphs } from "./WhyGraphs";
import { WhyInstances } from "./WhyInstances";
import { WhyStrip } from "./WhyStrip";
import { columnsOf, WhyUnits } from "./WhyUnits";

interface Props {
  readonly model: Model;
  readonly a: Moment;
  readonly confusion: Confusion;
}

/** Why inputs of a class are predicted as another: the inputs, the units, the graphs, the way between. */
export function WhyView({ model, a, confusion }: Props) {
  const [truth, predicted] = confusion;
  const names = confusion.map((index) => className(model, index)) as [string, string];
  const answer = useAnswer(
    settled(request("confusion", { ...ofMoment(a), true: truth, predicted })),
  );
  const found = answer.value instanceof Failure ? null : answer.value;
  return (
    <div class="overview why" data-view="overview" aria-busy={answer.state === "loading"}>
      <ViewTools
        label="Confusion"
        savable={
          found &&
          (() => ({
            name: `why ${names[0]} is predicted as ${names[1]}`,
            caption: `${model.run}, step ${found.step}`,
            tables: () => [sheetOf(columnsOf(model, found, ...names), found.units)],
          }))
        }
      >
        <button type="button" data-undrawn onClick={() => explained.choose({ why: null })}>
          ← Overview
        </button>
        <h2>
          Why is <Name name={names[0]} /> predicted as <Name name={names[1]} />?
        </h2>
        <button
          type="button"
          data-undrawn
          onClick={() => explained.choose({ why: [predicted, truth] })}
        >
          The other way round
        </button>
      </ViewTools>
      {answer.value instanceof Failure && (
        <Message kind="failed" title="The confusion cannot be read">
          {answer.value.message}
        </Message>
      )}
      {!answer.value && <Message kind="loading" title="Asking what is recorded of it…" />}
      {found && <Counts answer={found} names={names} />}
      {found && (
        <div class="why-columns">
          <WhyInstances model={model} answer={found} names={names} />
          <WhyUnits model={model} answer={found} names={names} />
        </div>
      )}
      <WhyGraphs model={model} a={a} confusion={confusion} names={names} />
      <WhyStrip model={model} confusion={confusion} names={names} />
    </div>
  );
}

interface CountsProps {
  readonly answer: Answer;
  readonly names: readonly [string, string];
}

function Counts({ answer: { counts }, names: [truth, predicted] }: CountsProps) {
  if (!counts) return <p>No class metrics are recorded: how often it happens is not known.</p>;
  const [[inputs, others], [confused, reverse]] = [counts.inputs, counts.confused];
  return (
    <p class="overview-score">
      <strong data-confused={confused}>{confused.toLocaleString("en")}</strong> of{" "}
      {inputs.toLocaleString("en")} inputs of <Name name={truth} /> (
      {percent(inputs ? confused / inputs : null)}) are predicted as <Name name={predicted} /> at
      step {counts.step.toLocaleString("en")}; the other way round {reverse.toLocaleString("en")} of{" "}
      {others.toLocaleString("en")}.
    </p>
  );
}
