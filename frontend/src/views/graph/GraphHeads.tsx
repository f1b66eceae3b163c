import type { Graph } from "../../api/schema";
import { percent, shareText, short } from "../../model/format";
import { shownName } from "../../model/names";
import { scoreName, scoresAt } from "../../model/scores";
import { classRows, metricsAt } from "../../panels/classes/classes";
import { Bars } from "../../plot/Bars";
import { useAnswer } from "../../state/answers";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { CHOSEN_BY } from "./options";
import type { GraphedSubject } from "./subjects";

interface Props {
  readonly graph: Graph;
  readonly subjects: readonly GraphedSubject[];
}

/** Of whom the graph is: each subject's inputs, accuracy and share of what units are chosen by. */
export function GraphHeads({ graph, subjects }: Props) {
  return (
    <ul class="graph-heads">
      {subjects.map((subject, place) => (
        <Head
          key={`${subject.shown.place} ${subject.shown.key}`}
          subject={subject}
          retained={graph.retained[place] ?? Number.NaN}
          chosenBy={CHOSEN_BY[graph.ranking]}
        />
      ))}
    </ul>
  );
}

interface HeadProps {
  readonly subject: GraphedSubject;
  readonly retained: number;
  readonly chosenBy: string;
}

function Head({ subject, retained, chosenBy }: HeadProps) {
  const { shown, found, colour, name } = subject;
  const inputs = found.inputs.toLocaleString("en");
  const elsewhere = found.step !== shown.subject.step;
  return (
    <li>
      <span class={`key ${shown.place}`} style={{ "--colour": colour }} />{" "}
      <b>
        <Name name={name} />
      </b>{" "}
      <span class="faint">
        <bdi>{shownName(found.run)}</bdi>, step {found.step.toLocaleString("en")}
        {elsewhere && " (nearest record)"}
      </span>{" "}
      <Explained text={`Influence is measured on ${found.sampled} of these inputs.`}>
        n {inputs}
        {found.sampled > 0 && found.sampled < found.inputs && (
          <span class="faint"> ({found.sampled} sampled)</span>
        )}
      </Explained>
      {found.few && (
        <Explained class="mark" text={`Only ${inputs} inputs: what is shown may be chance.`}>
          few
        </Explained>
      )}
      <Score subject={subject} />
      <span class="faint">
        <Stat of="kept">{`${percent(retained)} of ${chosenBy}`}</Stat>
      </span>
    </li>
  );
}

/** Accuracy and how sure the model is; the metrics of a step are asked once for all its classes. */
function Score({ subject: { model, found } }: { readonly subject: GraphedSubject }) {
  const metrics = useAnswer(model.task && metricsAt(model, found.step));
  const regression = model.task === "regression";
  const score = metrics.value && scoresAt(metrics.value, found.step, regression).get(found.subset);
  if (!score) return null;
  const probability =
    classRows(model, found.step, metrics.value, null).find(({ key: one }) => one === found.subset)
      ?.probability ?? [];
  return (
    <>
      <span>
        {scoreName(model.task)}{" "}
        {regression ? short(score.value) : shareText(score.value, score.inputs)}
      </span>
      {probability.length > 0 && (
        <Explained text="Confidence: inputs by the probability of the predicted class, from 0 to 1">
          <Bars class="probability" values={probability} width={52} height={20} />
        </Explained>
      )}
    </>
  );
}
