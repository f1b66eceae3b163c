import { ofModel, request } from "../api/ask";
import type { Model } from "../api/schema";
import type { Moment } from "../api/types";
import { shareText } from "../model/format";
import { overall } from "../model/scores";
import { useAnswer } from "../state/answers";
import * as state from "../state/store";
import { Name } from "../ui/Name";
import { Stat } from "../ui/Stat";

interface Props {
  /** What the view shows; null where it says so itself. */
  readonly sentence: (of: { readonly model: Model; readonly a: Moment }) => string | null;
  readonly model: Model;
  readonly a: Moment;
}

/** What is seen, in a sentence, and how good the model is at A and at B. */
export function Orientation({ sentence, model, a }: Props) {
  const [other, b] = [state.modelB.value, state.momentB.value];
  const text = sentence({ model, a });
  if (text === null) return null;
  return (
    <p class="orientation">
      <Names model={model} />
      <span>{text}</span>
      <Figure place={other ? "A" : null} model={model} step={a.step} />
      {other && b && <Figure place="B" model={other} step={b.step} />}
    </p>
  );
}

/** What the model and its inputs are called, where the script said it. */
function Names({ model: { title, data } }: { readonly model: Model }) {
  if (!title && !data) return null;
  return (
    <span>
      {title && (
        <b>
          <Name name={title} />
        </b>
      )}
      {title && data && " on "}
      {data && <Name name={data} />}
    </span>
  );
}

interface FigureProps {
  readonly place: "A" | "B" | null;
  readonly model: Model;
  readonly step: number;
}

/** Accuracy of all inputs; nothing where inputs have no single label. */
function Figure({ place, model, step }: FigureProps) {
  const isCounted = model.task === "multiclass" || model.task === "binary";
  const metrics = useAnswer(isCounted ? request("metrics", ofModel(model)) : null);
  if (!metrics.value) return null;
  const { inputs, right } = overall(metrics.value, step);
  if (inputs === 0) return null;
  return (
    <span class="key-figure" data-side={place ?? "A"}>
      {place && <b>{place} </b>}
      <Stat of="accuracy">accuracy</Stat> <b>{shareText(right / inputs, inputs)}</b>{" "}
      <span class="faint">n {inputs.toLocaleString("en")}</span>
    </span>
  );
}
