import { useEffect, useRef, useState } from "preact/hooks";
import { ofMoment, request } from "../../api/ask";
import type { AskedAblation, Layer, Model, Replacement, UnitAblation } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { shareText } from "../../model/format";
import { sameUnit } from "../../model/moments";
import { shownName, subsetName } from "../../model/names";
import { hasLabels } from "../../model/scores";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { changeText, takenText } from "./removal";

interface Props {
  readonly model: Model;
  readonly replacement: Replacement;
}

/** Classes shown before the rest is asked for. */
const SHOWN = 12;

/** Any unit, the one whose panel is open: predicted and, where it was ablated, measured. */
export function AskedUnit({ model, replacement }: Props) {
  const [moment, unit] = [state.a.value, state.unit.value];
  const layers = model.layers.filter(({ output }) => !output);
  const isOutput = unit !== null && !layers.some(({ name }) => name === unit.layer);
  const answer = useAnswer(
    moment && unit && !isOutput
      ? request("ablation", {
          ...ofMoment(moment),
          layer: unit.layer,
          unit: unit.unit,
          replacement,
        })
      : null,
    unit,
  );
  const { value } = answer;
  const box = useRef<HTMLElement>(null);
  const isWanted = useRef(false);
  useEffect(() => {
    // the panel of the unit has opened meanwhile and moved what is beside it
    if (value && isWanted.current) box.current?.scrollIntoView({ block: "nearest" });
    isWanted.current = false;
  }, [value]);
  return (
    <section class="asked-unit" aria-label="Look up a unit" ref={box}>
      <h2>Look up a unit</h2>
      <UnitForm
        layers={layers}
        unit={unit}
        onAsk={() => {
          isWanted.current = true;
        }}
      />
      {isOutput && (
        <p class="note">{unit?.layer} is the output layer; its units cannot be ablated.</p>
      )}
      {!unit && <p class="note">Select a unit in any view, or enter it here.</p>}
      {unit && answer.state === "failed" && <p class="note">{answer.message}</p>}
      {value && unit && answer.about && sameUnit(answer.about, unit) && (
        <AskedTable model={model} unit={unit} found={value} />
      )}
    </section>
  );
}

interface FormProps {
  readonly layers: readonly Layer[];
  readonly unit: UnitId | null;
  readonly onAsk: () => void;
}

/** A layer and the number of a unit in it. */
function UnitForm({ layers, unit, onAsk }: FormProps) {
  const [layer, setLayer] = useState<string | null>(null);
  const chosen = layers.find(({ name }) => name === (layer ?? unit?.layer)) ?? layers.at(-1);
  if (!chosen) return null;
  const shown = unit?.layer === chosen.name ? unit.unit : 0;
  return (
    <form
      class="unit-form"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem("unit");
        if (!(field instanceof HTMLInputElement) || !Number.isInteger(field.valueAsNumber)) return;
        setLayer(null);
        state.choose({ unit: { layer: chosen.name, unit: field.valueAsNumber } });
        onAsk();
      }}
    >
      <label>
        Layer{" "}
        <select value={chosen.name} onChange={({ currentTarget }) => setLayer(currentTarget.value)}>
          {layers.map(({ name }) => (
            <option key={name} value={name}>
              {shownName(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Unit{" "}
        <input
          key={`${chosen.name} ${shown}`}
          name="unit"
          type="number"
          min={0}
          max={chosen.units - 1}
          defaultValue={String(shown)}
          required
        />
      </label>
      <button type="submit">Look up</button>
    </form>
  );
}

interface TableProps {
  readonly model: Model;
  readonly unit: UnitId;
  readonly found: UnitAblation;
}

function AskedTable({ model, unit, found }: TableProps) {
  const [all, setAll] = useState(false);
  const title = `${unitTitle(model, unit)} of ${shownName(unit.layer)}`;
  const rows = all ? found.subsets : found.subsets.slice(0, SHOWN);
  const isMeasured = found.subsets.every(({ measured }) => measured !== null);
  return (
    <>
      {rows.length === 0 && <p class="note">No prediction or measurement for {title}.</p>}
      {rows.length > 0 && (
        <table class="asked-table">
          <caption>
            <bdi>{title}</bdi>: change of each class’s logit by its ablation
          </caption>
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col" class="number">
                <Stat of="predictedChange">predicted</Stat>
              </th>
              <th scope="col" class="number">
                <Stat of="measuredChange">measured</Stat>
              </th>
              <th scope="col" class="number">
                {hasLabels(model) ? <Stat of="accuracy" /> : "predictions kept"}
              </th>
              <th scope="col">
                <Stat of="gained" />
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <AskedLine key={row.subset} model={model} row={row} />
            ))}
          </tbody>
        </table>
      )}
      {found.subsets.length > SHOWN && (
        <button type="button" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${found.subsets.length.toLocaleString("en")}`}
        </button>
      )}
      {!isMeasured && (
        <>
          <p class="note">
            The predicted change comes from one backward pass; the rest is only ever measured. To
            measure this unit:
          </p>
          <pre>
            <code>{found.call}</code>
          </pre>
        </>
      )}
    </>
  );
}

function AskedLine({ model, row }: { readonly model: Model; readonly row: AskedAblation }) {
  const { subset, predicted, predictedStep, inputs, measured, measuredStep } = row;
  const isMeasured = measured !== null;
  const share = (count: number | null) =>
    shareText((count ?? Number.NaN) / (row.measuredInputs ?? 0), row.measuredInputs ?? 0);
  return (
    <tr data-row={subset} data-predicted={predicted ?? ""} data-measured={measured ?? ""}>
      <th scope="row">
        <Name name={subsetName(model, subset)} />
      </th>
      <td class="number">
        <Explained text={atText(predictedStep, inputs)}>{changeText(predicted)}</Explained>
      </td>
      <td class="number">
        <Explained text={atText(measuredStep, row.measuredInputs)}>
          {isMeasured ? changeText(measured) : <span class="faint">not measured</span>}
        </Explained>
      </td>
      <td class="number">
        {isMeasured && hasLabels(model) && `${share(row.correct)} → `}
        {isMeasured ? share(row.correctAfter) : "–"}
      </td>
      <td>{isMeasured ? <Name name={takenText(model, row.takenFor)} /> : "–"}</td>
    </tr>
  );
}

const atText = (step: number | null, inputs: number | null): string | undefined =>
  step === null
    ? undefined
    : `at step ${step.toLocaleString("en")}${inputs === null ? "" : `, of ${inputs.toLocaleString("en")} inputs`}`;
