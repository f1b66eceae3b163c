import type { Model } from "../api/schema";
import type { ModelId } from "../api/types";
import { bytesText } from "../model/format";
import { lastStep, sameModel } from "../model/moments";
import { Explained } from "../ui/Explained";
import { Name } from "../ui/Name";
import { RovingList } from "../ui/RovingList";
import { Section } from "../ui/Section";
import { modelName } from "./Moments";

interface Props {
  readonly models: readonly Model[];
  readonly a: ModelId;
  readonly b: ModelId | null;
  readonly more: readonly ModelId[];
  readonly onToggle: (id: ModelId) => void;
}

/** All runs; further ones can be ticked, and then appear as lines over the steps. */
export function Runs({ models, a, b, more, onToggle }: Props) {
  const row = (model: Model) => {
    const place = sameModel(model, a) ? "A" : b && sameModel(model, b) ? "B" : null;
    const ticked = place !== null || more.some((id) => sameModel(id, model));
    const steps = model.steps.length;
    return (
      <li key={`${model.run}\n${model.model}`} class={`row ${ticked ? "is-shown" : "is-hidden"}`}>
        <label>
          <input
            type="checkbox"
            checked={ticked}
            disabled={place !== null}
            onChange={() => onToggle(model)}
          />
          <Name name={modelName(model)} />
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
            {models
              .filter((model) => modelName(model).toLowerCase().includes(search.toLowerCase()))
              .map(row)}
          </ul>
        </RovingList>
      )}
    </Section>
  );
}
