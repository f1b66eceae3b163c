import { useState } from "preact/hooks";
import { ofModel, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { History, UnitId } from "../../api/types";
import { hueColour } from "../../model/color";
import { keyIn, shownName } from "../../model/names";
import { type MedianLine, Strip } from "../../plot/Strip";
import { useAnswers } from "../../state/answers";
import * as state from "../../state/store";
import { DASHES, shownModels } from "./Accuracy";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
  readonly width: number;
}

/** The unit's distribution over all steps for one subset, and the medians of the other runs shown. */
export function UnitHistory({ unit, model, width }: Props) {
  const [wanted, setWanted] = useState<string | null>(null);
  const subsets = (state.subsets.value ?? []).filter(({ key }) => model.subsets.includes(key));
  const subset = subsets.find(({ key }) => key === wanted) ?? subsets[0];
  const others = shownModels().filter((other) => other !== model);
  const comparable = others.filter((other) => hasUnit(model, other, unit));
  const isShown = subset !== undefined && model.steps.length > 1;
  const lines = isShown ? comparable.flatMap((other) => partnerOf(subset.key, model, other)) : [];
  const of = (run: Model, key: string) =>
    request("history", { ...ofModel(run), layer: unit.layer, unit: unit.unit, subset: key });
  const answer = useAnswers(
    isShown ? [of(model, subset.key), ...lines.map(({ other, key }) => of(other, key))] : null,
    lines.map(({ other }) => shownName(other.run)),
  );
  const [own, ...theirs] = answer.value ?? [];
  const medians = theirs.map((found, place) =>
    medianLine(answer.about?.[place] ?? "", found, place),
  );
  if (!subset || model.steps.length < 2) return null;
  const left = others.filter((other) => !comparable.includes(other));
  const moments = [
    ...(state.a.value ? [{ place: "A" as const, step: state.a.value.step }] : []),
    ...(state.momentB.value && state.modelB.value === model
      ? [{ place: "B" as const, step: state.momentB.value.step }]
      : []),
  ];
  return (
    <section>
      <h3>
        Over the steps{" "}
        <select
          aria-label="Subset shown over the steps"
          value={subset.key}
          onChange={(event) => setWanted(event.currentTarget.value)}
        >
          {subsets.map(({ key: choice }) => (
            <option key={choice} value={choice}>
              {state.subjects.value.find((subject) => subject.key === choice)?.name ?? choice}
            </option>
          ))}
        </select>
      </h3>
      {answer.state === "failed" && <p class="note">{answer.message}</p>}
      {own && (
        <Strip
          history={own}
          lines={medians}
          colour={hueColour(subset.hue, state.theme.value)}
          width={width}
          moments={moments}
          onStep={state.moveTo}
        />
      )}
      <p class="faint">
        One column per record; darker = more inputs; line: median
        {medians.map(({ name }) => `; dashed: ${name}`)}.
        {left.length > 0 &&
          ` No line for ${left.map(({ run }) => shownName(run)).join(", ")}: units of runs with different initial weights have no common index.`}
      </p>
    </section>
  );
}

/** Units keep their index only between runs that started from the same weights. */
const hasUnit = (model: Model, other: Model, unit: UnitId): boolean =>
  model.weights !== "" &&
  model.weights === other.weights &&
  other.layers.some(({ name, units }) => name === unit.layer && unit.unit < units);

/** The key that a subset has in another run, where that has it. */
function partnerOf(subset: string, model: Model, other: Model) {
  const key = keyIn(subset, model, other);
  return key !== null && other.subsets.includes(key) ? [{ other, key }] : [];
}

function medianLine(name: string, { arrays, meta }: History, place: number): MedianLine {
  const medians = meta.steps.map(
    (_, record) => arrays.quantiles.data[5 * record + 2] ?? Number.NaN,
  );
  return { name, dash: DASHES[(place + 1) % DASHES.length] ?? "", steps: meta.steps, medians };
}
