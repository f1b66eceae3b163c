import { useState } from "preact/hooks";
import { history as ask } from "../../api/routes";
import type { Model, UnitId } from "../../api/types";
import { hueColour } from "../../model/color";
import { keyIn, shownName } from "../../model/names";
import { type MedianLine, Strip } from "../../plot/Strip";
import { useRemote } from "../../state/remote";
import * as state from "../../state/store";
import { useSeen } from "../../state/visible";
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
  const key = useSeen(
    subset && model.steps.length > 1
      ? JSON.stringify([
          unit,
          subset.key,
          [model, ...comparable].map(({ run, model: name, steps }) => [run, name, steps.length]),
        ])
      : null,
  );
  const answer = useRemote(key, async () => {
    const own = await ask(model, unit, subset?.key ?? "");
    return { own, lines: await medians(unit, subset?.key ?? "", model, comparable) };
  });
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
        over the steps{" "}
        <select
          aria-label="subset shown over the steps"
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
      {answer.value && (
        <Strip
          history={answer.value.own}
          lines={answer.value.lines}
          colour={hueColour(subset.hue, state.theme.value)}
          width={width}
          moments={moments}
          onStep={state.moveTo}
        />
      )}
      <p class="faint">
        A column a record, more opaque where more inputs lie; the line is the median
        {answer.value?.lines.map(({ name }) => `, dashed: ${name}`)}.
        {left.length > 0 &&
          ` No line for ${left.map(({ run }) => shownName(run)).join(", ")}: units of runs with other initial weights have no common index.`}
      </p>
    </section>
  );
}

/** Units keep their index only between runs that started from the same weights. */
const hasUnit = (model: Model, other: Model, unit: UnitId): boolean =>
  model.weights !== "" &&
  model.weights === other.weights &&
  other.layers.some(({ name, units }) => name === unit.layer && unit.unit < units);

async function medians(
  unit: UnitId,
  subset: string,
  model: Model,
  others: readonly Model[],
): Promise<readonly MedianLine[]> {
  const lines = others.map(async (other, place): Promise<MedianLine[]> => {
    const partner = keyIn(subset, model, other);
    if (partner === null || !other.subsets.includes(partner)) return [];
    const { arrays, meta } = await ask(other, unit, partner);
    const of = meta.steps.map((_, record) => arrays.quantiles.data[5 * record + 2] ?? Number.NaN);
    const dash = DASHES[(place + 1) % DASHES.length] ?? "";
    return [{ name: shownName(other.run), dash, steps: meta.steps, medians: of }];
  });
  return (await Promise.all(lines)).flat();
}
