import { useCallback, useMemo, useRef } from "preact/hooks";
import { instances as askInstances } from "../api";
import { instanceMarks } from "../color";
import { Message } from "../controls/Message";
import { shownName } from "../names";
import { useRemote } from "../remote";
import * as state from "../state";
import type { Instance, Layer, Model, Place, ShownSubject, Sort, ViewOptions } from "../types";
import { save } from "./export";
import { Legend } from "./Legend";
import { laneSubjects } from "./layout";
import { coloured, load, type Question } from "./load";
import { PairCards } from "./PairCards";
import { Panel } from "./Panel";
import { searchUnits } from "./sorting";
import type { Stage } from "./stage";
import { Toolbar } from "./Toolbar";
import { shownPair, terms, validSort } from "./terms";

const NOBODY: readonly Instance[] = [];

/** The distributions of every unit of the chosen layers: the chosen subsets at the chosen moments. */
export function Distributions() {
  const stages = useRef(new Map<string, Stage>());
  const onStage = useCallback((layer: string, stage: Stage | null) => {
    if (stage) stages.current.set(layer, stage);
    else stages.current.delete(layer);
  }, []);
  const model = state.modelA.value;
  const options = state.options.value;
  const people = useInstances(model);
  if (!model || !options) return null;
  const subjects = recorded(model, state.subjects.value);
  const left = state.subjects.value.filter((subject) => !subjects.includes(subject));
  const layers = chosenLayers(model, state.layers.value ?? []);
  const places = probePlaces(model, state.modelB.value);
  const chosen = places.length ? (state.instances.value ?? []) : [];
  const named = chosen.map((instance) => ({ instance, name: instanceName(people, instance) }));
  const available = terms(subjects, named, state.b.value ? ["A", "B"] : ["A"]);
  const sort = validSort(options.sort, available);
  const hasB = subjects.some(({ place }) => place === "B");
  const search = searchUnits(options.search, Number.MAX_SAFE_INTEGER);
  const arrangement =
    options.comparison === "minus" && laneSubjects(subjects, "difference").length
      ? "difference"
      : options.stacking;
  return (
    <div class="distributions" data-view="distributions">
      <Toolbar
        sort={sort}
        available={available}
        options={options}
        hasB={hasB}
        searchProblem={typeof search === "string" ? search : null}
        onOptions={state.chooseOptions}
        onExport={(format) => {
          const shown = layers.flatMap(({ name }) => stages.current.get(name) ?? []);
          save(format, shown, state.theme.value, options.axis === "shared").catch(
            (error: unknown) => {
              state.status.value = `The ${format} could not be made: ${error}`;
            },
          );
        }}
      />
      <PairCards model={model} chosen={chosen} instances={people} />
      {left.length > 0 && (
        <p class="note">
          Only mean and deviation are recorded of {left.map(({ name }) => name).join(", ")}: pass{" "}
          <code>focus=…</code> to the Recorder for their histograms.
        </p>
      )}
      {subjects.length === 0 || layers.length === 0 ? (
        <Message title={layers.length ? "No subset is chosen" : "No layer is chosen"}>
          Choose {layers.length ? "a class or another subset" : "a layer"} at the left: each layer
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
              options={options}
              chosen={chosen}
              places={places}
              people={people}
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

interface LayerPanelProps {
  readonly layer: Layer;
  readonly subjects: readonly ShownSubject[];
  readonly sort: Sort;
  readonly options: ViewOptions;
  readonly chosen: readonly number[];
  readonly places: readonly Place[];
  readonly people: readonly Instance[];
  readonly onStage: (layer: string, stage: Stage | null) => void;
}

/** One panel and the question behind it. */
function LayerPanel({
  layer,
  subjects,
  sort,
  options,
  chosen,
  places,
  people,
  onStage,
}: LayerPanelProps) {
  const pair = shownPair(sort, subjects);
  const question: Question = {
    layer: layer.name,
    type: layer.type,
    subjects,
    pair,
    instances: chosen,
    places,
  };
  const key = JSON.stringify([
    question,
    recordsOf(state.modelA.value),
    recordsOf(state.modelB.value),
  ]);
  const answer = useRemote(state.visible.value ? key : null, () => load(question));
  const theme = state.theme.value;
  const loaded = answer.value;
  const data = useMemo(() => {
    const marks = instanceMarks(people, loaded?.question.instances ?? [], theme);
    return loaded && coloured(loaded, theme, marks, (instance) => instanceName(people, instance));
  }, [loaded, theme, people]);
  const units = (map: ReadonlyMap<string, readonly number[]> | null) =>
    map?.get(layer.name) ?? EMPTY;
  const marked = units(state.marked.value);
  const hidden = units(state.hidden.value);
  const markedSet = useMemo(() => new Set(marked), [marked]);
  const hiddenSet = useMemo(() => new Set(hidden), [hidden]);
  const opened = state.unit.value?.layer === layer.name ? state.unit.value.unit : null;
  const actions = useMemo(() => actionsOn(layer.name), [layer.name]);
  if (!data)
    return <PanelState layer={layer} failure={answer.state === "failed" ? answer.message : null} />;
  return (
    <div
      class={`panel-frame ${answer.state === "loading" ? "is-loading" : ""}`}
      aria-busy={answer.state === "loading"}
    >
      {answer.state === "failed" && <p class="warning">{answer.message}</p>}
      {loaded?.note && <p class="note">No dots: {loaded.note}</p>}
      <Panel
        data={data}
        sort={sort}
        options={options}
        marked={markedSet}
        hidden={hiddenSet}
        opened={opened}
        theme={theme}
        actions={actions}
        unhide={() => unhide(layer.name)}
        onStage={onStage}
      />
    </div>
  );
}

const EMPTY: readonly number[] = [];

function PanelState({
  layer,
  failure,
}: {
  readonly layer: Layer;
  readonly failure: string | null;
}) {
  return (
    <div class="panel-frame">
      <section class="panel" aria-label={`layer ${layer.name}`}>
        {failure ? (
          <Message kind="failed" title={`${layer.name} cannot be shown`}>
            {failure}
          </Message>
        ) : (
          <Message kind="loading" title={`Reading ${layer.name}: ${layer.units} units`} />
        )}
      </section>
    </div>
  );
}

function actionsOn(layer: string) {
  const say = (unit: number, what: string) => {
    state.status.value = `unit ${unit} of ${layer} ${what}`;
  };
  return {
    mark: (unit: number) => {
      const was = state.marked.value?.get(layer)?.includes(unit);
      state.toggleMarked({ layer, unit });
      say(unit, was ? "unmarked" : "marked");
    },
    hide: (unit: number) => {
      state.toggleHidden({ layer, unit });
      say(unit, "hidden");
    },
    open: (unit: number) => {
      state.choose({ unit: { layer, unit } });
      say(unit, "opened");
    },
  };
}

/** New records are a reason to ask again. */
const recordsOf = (model: Model | null): number => model?.steps.length ?? 0;

function unhide(layer: string): void {
  const others = [...(state.hidden.value ?? [])].filter(([name]) => name !== layer);
  state.choose({ hidden: new Map(others) });
}

/** Those of the subjects that have histograms. */
const recorded = (model: Model, subjects: readonly ShownSubject[]): readonly ShownSubject[] =>
  subjects.filter(({ place, subject }) => place === "B" || model.subsets.includes(subject.subset));

const chosenLayers = (model: Model, names: readonly string[]): readonly Layer[] =>
  model.layers.filter(({ name }) => names.includes(name));

/** Moments at which A's instances are known: at B only when its run has the same probe set. */
function probePlaces(a: Model, b: Model | null): readonly Place[] {
  if (!a.probe) return [];
  return b?.probe?.hash === a.probe.hash ? ["A", "B"] : ["A"];
}

const instanceName = (people: readonly Instance[], instance: number): string => {
  const { name, note } = people[instance] ?? { name: `instance ${instance}`, note: "" };
  return note ? `${shownName(name)} (${note})` : shownName(name);
};

function useInstances(model: Model | null): readonly Instance[] {
  const key = model?.probe ? JSON.stringify([model.run, model.model, model.probe.hash]) : null;
  const answer = useRemote(key, async () =>
    model ? (await askInstances(model)).instances : NOBODY,
  );
  return answer.value ?? NOBODY;
}
