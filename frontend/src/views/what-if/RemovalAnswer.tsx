import { ofMoment, request } from "../../api/ask";
import type { Ablations, AblationsOf, Model } from "../../api/schema";
import { subsetName } from "../../model/names";
import { hasLabels } from "../../model/scores";
import { ViewTools } from "../../panels/ViewTools";
import { sheetOf } from "../../plot/columns";
import type { Savable } from "../../plot/saving";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Choice, Select } from "../../ui/tools";
import { AskedUnit } from "./AskedUnit";
import { REMOVAL_ORDERS, type RemovalOrder, type WhatIfOptions, whatIfOptions } from "./options";
import type { AnswerProps } from "./questions";
import { ASKED } from "./questions";
import { RemovalScatter } from "./RemovalScatter";
import { ablationColumns, RemovalTable } from "./RemovalTable";
import { chosenSubset, ordered, removalSentence } from "./removal";

const ORDER_NAMES: Readonly<Record<RemovalOrder, string>> = {
  measured: "measured change",
  predicted: "predicted change",
  error: "prediction error",
  accuracy: "loss of accuracy",
  unit: "layer and unit",
};

/** What a class loses by the ablation of a unit. */
export function RemovalAnswer({ model, options }: AnswerProps) {
  const moment = state.a.value;
  const { replacement } = options;
  const isRecorded = model.ablationSteps.length > 0;
  const answer = useAnswer(
    moment && isRecorded ? request("ablations", { ...ofMoment(moment), replacement }) : null,
  );
  const found = answer.value;
  const shown = (state.subsets.value ?? []).map(({ key: subset }) => subset);
  const removed = found && chosenSubset(found, options.subset, shown);
  const layers = model.layers.map(({ name }) => name);
  const rows = removed ? ordered(removed.rows, options.layer, options.order, layers) : [];
  const wanted = shown.find((subset) => !found?.subsets.some((one) => one.subset === subset));
  return (
    <div class="removal" aria-busy={isRecorded && answer.state === "loading"}>
      {found && removed && (
        <RemovalTools model={model} options={options} found={found} removed={removed} rows={rows} />
      )}
      <div class="what-if-scroll">
        {!isRecorded && (
          <Message title="No ablations recorded" code={ASKED.removal.code}>
            For each class, one backward pass predicts which units matter most; these are then
            ablated one at a time and the effect is measured.
          </Message>
        )}
        {isRecorded && answer.state === "failed" && (
          <Message kind="failed" title="The ablations could not be read">
            {answer.message}
          </Message>
        )}
        {isRecorded && !found && answer.state === "loading" && (
          <Message kind="loading" title="Loading ablations…" />
        )}
        {found && removed && (
          <>
            <p class="what-if-sentence">
              {removalSentence(model, removed, found.replacement)}
              {found.step !== moment?.step &&
                ` Recorded at step ${found.step.toLocaleString("en")}.`}
              {wanted !== undefined &&
                removed.subset !== options.subset &&
                ` ${subsetName(model, wanted)} was not measured.`}
            </p>
            <div class="removal-pictures">
              <RemovalTable model={model} removed={removed} found={found} rows={rows} />
              <div>
                <RemovalScatter model={model} removed={removed} rows={rows} />
                <AskedUnit model={model} replacement={replacement} />
              </div>
            </div>
          </>
        )}
        {!found && <AskedUnit model={model} replacement={replacement} />}
      </div>
    </div>
  );
}

interface ToolsProps {
  readonly model: Model;
  readonly options: WhatIfOptions;
  readonly found: Ablations;
  readonly removed: AblationsOf;
  readonly rows: AblationsOf["rows"];
}

function RemovalTools({ model, options, found, removed, rows }: ToolsProps) {
  const choose = whatIfOptions.choose;
  const savable = (): Savable => ({
    name: "ablation",
    caption: `${model.run} · step ${found.step.toLocaleString("en")}`,
    tables: () => [sheetOf(ablationColumns(model, found, removed), rows)],
  });
  const inRows = new Set(removed.rows.map(({ layer }) => layer));
  return (
    <ViewTools label="Ablation" savable={savable}>
      <Select
        label="Class"
        value={removed.subset}
        choices={found.subsets.map(({ subset }) => subset)}
        name={(subset) => subsetName(model, subset)}
        onChoose={(subset) => choose({ subset })}
      />
      {found.replacements.length > 1 && (
        <Choice
          label="Replaced by"
          value={found.replacement}
          choices={found.replacements}
          names={{ mean: "replaced by the mean", zero: "replaced by zero" }}
          onChoose={(replacement) => choose({ replacement })}
        />
      )}
      <label>
        Layer{" "}
        <select
          value={options.layer ?? ""}
          onChange={({ currentTarget }) => choose({ layer: currentTarget.value || null })}
        >
          <option value="">all</option>
          {model.layers
            .filter(({ name }) => inRows.has(name))
            .map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
      </label>
      <Select
        label="Sort by"
        value={options.order}
        choices={REMOVAL_ORDERS}
        name={(order) =>
          order === "accuracy" && !hasLabels(model) ? "predictions lost" : ORDER_NAMES[order]
        }
        onChoose={(order) => choose({ order })}
      />
    </ViewTools>
  );
}
