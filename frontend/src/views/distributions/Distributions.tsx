import { useCallback, useMemo, useRef } from "preact/hooks";
import { ofModel, request } from "../../api/ask";
import type { Instance, Layer, Model } from "../../api/schema";
import { searchUnits } from "../../model/histograms/sorting";
import { instanceName } from "../../model/instances";
import type { Slot } from "../../model/shown";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { layerNames } from "../../state/unitNames";
import { Message } from "../../ui/Message";
import type { ViewProps } from "../define";
import { savablePanels } from "./export";
import { LayerPanel } from "./LayerPanel";
import { Legend } from "./Legend";
import { laneSubjects } from "./layout";
import type { DistributionOptions } from "./options";
import { distributionOptions } from "./options";
import { PairCards } from "./PairCards";
import type { Stage } from "./stage";
import { Toolbar } from "./Toolbar";
import { terms, validSort } from "./terms";

/** More than any layer has, few enough to count through. */
const MOST_UNITS = 1_000_000;
/** Chosen instances that are drawn as dots; in other views more may be chosen at once. */
const MOST_INSTANCES = 24;
const NOBODY: readonly Instance[] = [];

/** The distributions of every unit of the chosen layers: the chosen subsets at the chosen moments. */
export function Distributions({ model, options }: ViewProps<DistributionOptions>) {
  const stages = useRef(new Map<string, Stage>());
  const onStage = useCallback((layer: string, stage: Stage | null) => {
    if (stage) stages.current.set(layer, stage);
    else stages.current.delete(layer);
  }, []);
  const instances = useInstances(model);
  const unsearched = useMemo(() => ({ ...options, search: "" }), [options]);
  const subjects = state.recorded.value;
  const left = state.subjects.value.filter((subject) => !subjects.includes(subject));
  const layers = chosenLayers(model, state.layers.value ?? []);
  const places = probePlaces(model, state.modelB.value);
  const all = places.length ? (state.instances.value ?? []) : [];
  const chosen = all.slice(0, MOST_INSTANCES);
  const named = chosen.map((instance) => ({ instance, name: instanceName(instances, instance) }));
  const available = terms(subjects, named, state.b.value ? ["A", "B"] : ["A"]);
  const sort = validSort(options.sort, available);
  const hasB = subjects.some(({ place }) => place === "B");
  const names = layers.flatMap(({ name }) => [...layerNames(model, name).values()]);
  const search = searchUnits(options.search, MOST_UNITS, new Map(names.entries()));
  const problem = typeof search === "string" ? search : null;
  const arrangement =
    options.comparison === "minus" && laneSubjects(subjects, "difference").length
      ? "difference"
      : options.stacking;
  const caption = [state.a.value, state.momentB.value]
    .flatMap((moment) => (moment ? `${moment.run || "."}, step ${moment.step}` : []))
    .join(" · ");
  return (
    <div class="distributions" data-view="distributions">
      <Toolbar
        sort={sort}
        available={available}
        options={options}
        hasB={hasB}
        searchProblem={problem}
        onOptions={distributionOptions.choose}
        savable={() => {
          const shown = layers.flatMap(({ name }) => stages.current.get(name) ?? []);
          return savablePanels(shown, caption);
        }}
      />
      <PairCards model={model} chosen={chosen} instances={instances} />
      {all.length > chosen.length && (
        <p class="note">
          Dots show the first {chosen.length} of {all.length} selected instances.
        </p>
      )}
      {left.length > 0 && (
        <p class="note">
          Only mean and standard deviation are recorded for{" "}
          {left.map(({ name }) => name).join(", ")}: pass <code>focus=…</code> to the Recorder to
          record histograms.
        </p>
      )}
      {subjects.length === 0 || layers.length === 0 ? (
        <Message title={layers.length ? "No subset selected" : "No layer selected"}>
          Select {layers.length ? "a class or another subset" : "a layer"} on the left: each layer
          gets a panel, each subset a colour.
        </Message>
      ) : (
        <div class="panels">
          {layers.map((layer) => (
            <LayerPanel
              key={layer.name}
              layer={layer}
              subjects={subjects}
              sort={sort}
              options={problem ? unsearched : options}
              chosen={chosen}
              places={places}
              instances={instances}
              onStage={onStage}
            />
          ))}
        </div>
      )}
      <Legend
        arrangement={arrangement}
        theme={state.theme.value}
        hasB={hasB}
        hasInstances={chosen.length > 0}
      />
    </div>
  );
}

const chosenLayers = (model: Model, names: readonly string[]): readonly Layer[] =>
  model.layers.filter(({ name }) => names.includes(name));

/** Moments at which A's instances are known: at B only when its run has the same probe set. */
function probePlaces(a: Model, b: Model | null): readonly Slot[] {
  if (!a.probe) return [];
  return b?.probe?.hash === a.probe.hash ? ["A", "B"] : ["A"];
}

function useInstances(model: Model): readonly Instance[] {
  const answer = useAnswer(model.probe && request("instances", ofModel(model)));
  return answer.value?.instances ?? NOBODY;
}
