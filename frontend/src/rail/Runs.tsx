import { useState } from "preact/hooks";
import type { Model } from "../api/schema";
import type { ModelId } from "../api/types";
import { bytesText } from "../model/format";
import { lastStep, sameModel } from "../model/moments";
import { isKept, modelName, runColour, shortModelName } from "../model/runs";
import * as state from "../state/store";
import { Explained } from "../ui/Explained";
import { RovingList } from "../ui/RovingList";
import { Section } from "../ui/Section";

interface Props {
  readonly models: readonly Model[];
  readonly a: ModelId;
  readonly b: ModelId | null;
  readonly more: readonly ModelId[];
  readonly onToggle: (id: ModelId) => void;
}

/**
 * The runs that are chosen in TensorBoard's own lists, in its colours; further ones can be ticked, and then
 * appear as lines over the steps.
 */
export function Runs({ models, a, b, more, onToggle }: Props) {
  const [all, setAll] = useState(false);
  const isInUse = (model: Model) =>
    [a, b, ...more].some((id) => id !== null && sameModel(model, id));
  const kept = models.filter((model) => isKept(model.run, state.runFilter.value) || isInUse(model));
  const left = models.length - kept.length;
  const row = (model: Model) => {
    const place = sameModel(model, a) ? "A" : b && sameModel(model, b) ? "B" : null;
    const ticked = place !== null || more.some((id) => sameModel(id, model));
    const steps = model.steps.length;
    const colour = runColour(model.run, state.listedRuns.value);
    return (
      <li key={`${model.run}\n${model.model}`} class={`row ${ticked ? "is-shown" : "is-hidden"}`}>
        <label>
          <input
            type="checkbox"
            checked={ticked}
            disabled={place !== null}
            onChange={() => onToggle(model)}
          />
          <span class="run-dot" style={colour ? { background: colour } : undefined} />
          <span class="name" title={modelName(model)}>
            <bdi>{shortModelName(model, models)}</bdi>
          </span>
        </label>
        {place && <span class={`place place-${place.toLowerCase()}`}>{place}</span>}
        <Explained
          class="faint number"
          text={`${steps} records, the last at step ${lastStep(model).toLocaleString("en")}`}
        >
          {steps.toLocaleString("en")}
        </Explained>
        <Explained class="faint number bytes" text="Memory TensorBoard uses for this run">
          {bytesText(model.bytes)}
        </Explained>
      </li>
    );
  };
  return (
    <Section
      title="Runs"
      count={`${models.length}`}
      searchLabel={models.length > 8 ? "Run name" : ""}
    >
      {(search) => (
        <RovingList>
          <ul class="rows runs">
            {(all ? models : kept)
              .filter((model) => modelName(model).toLowerCase().includes(search.toLowerCase()))
              .map(row)}
          </ul>
          {left > 0 && (
            <button type="button" class="runs-left" onClick={() => setAll(!all)}>
              {all ? "Show TensorBoard’s selection only" : `${left} not selected in TensorBoard`}
            </button>
          )}
        </RovingList>
      )}
    </Section>
  );
}
