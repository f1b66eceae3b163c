import { useMemo } from "preact/hooks";
import { ofMoment, request } from "../../api/ask";
import type { Instance, Layer } from "../../api/schema";
import { instanceMarks } from "../../model/color";
import { instanceName } from "../../model/instances";
import type { ShownSubject, Slot, Sort } from "../../model/shown";
import { coloured, type HistogramQuestion, useHistograms } from "../../panels/histograms";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { layerNames } from "../../state/unitNames";
import { Message } from "../../ui/Message";
import type { DistributionOptions } from "./options";
import { Panel } from "./Panel";
import type { Stage } from "./stage";
import { shownPair } from "./terms";

interface LayerPanelProps {
  readonly layer: Layer;
  readonly subjects: readonly ShownSubject[];
  readonly sort: Sort;
  readonly options: DistributionOptions;
  readonly chosen: readonly number[];
  readonly places: readonly Slot[];
  readonly instances: readonly Instance[];
  readonly onStage: (layer: string, stage: Stage | null) => void;
}

/** One panel and the question behind it. */
export function LayerPanel({
  layer,
  subjects,
  sort,
  options,
  chosen,
  places,
  instances,
  onStage,
}: LayerPanelProps) {
  const pair = shownPair(sort, subjects);
  const question: HistogramQuestion = {
    layer: layer.name,
    type: layer.type,
    subjects,
    pair,
    instances: chosen,
    places,
  };
  const answer = useHistograms(question);
  const theme = state.theme.value;
  const loaded = answer.value;
  const model = state.modelA.value;
  const moment = state.a.value;
  const silent = useAnswer(
    model && moment && "moments" in model.recorded
      ? request("dead_units", { ...ofMoment(moment), layer: layer.name })
      : null,
  ).value;
  const dead = useMemo(() => new Set(silent?.units), [silent]);
  const names = useSame(model ? layerNames(model, layer.name) : NO_NAMES);
  const data = useMemo(() => {
    const marks = instanceMarks(instances, loaded?.question.instances ?? [], theme);
    const nameOf = (instance: number) => instanceName(instances, instance);
    return loaded && coloured(loaded, theme, marks, nameOf, names, dead);
  }, [loaded, theme, instances, names, dead]);
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
      {loaded?.note && <p class="note">{loaded.note}</p>}
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
const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** The same map as before while it holds the same. */
function useSame(names: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
  return useMemo(() => names, [JSON.stringify([...names])]);
}

function PanelState({
  layer,
  failure,
}: {
  readonly layer: Layer;
  readonly failure: string | null;
}) {
  return (
    <div class="panel-frame">
      <section class="panel" aria-label={`layer ${layer.name}`} data-layer={layer.name}>
        {failure ? (
          <Message kind="failed" title={`${layer.name} could not be shown`}>
            {failure}
          </Message>
        ) : (
          <Message kind="loading" title={`Loading ${layer.name}: ${layer.units} units`} />
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

function unhide(layer: string): void {
  const others = [...(state.hidden.value ?? [])].filter(([name]) => name !== layer);
  state.choose({ hidden: new Map(others) });
}
