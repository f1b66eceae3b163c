import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { describe } from "../../model/histograms/describe";
import { domainOf, type PanelData } from "../../model/histograms/panel";
import { scaleOver } from "../../model/scale";
import type { ShownSubject } from "../../model/shown";
import type { Savable } from "../../plot/saving";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { coloured, type HistogramQuestion, useHistograms } from "../histograms";
import { Saves } from "../Saves";
import { Accuracy } from "./Accuracy";
import { DeadBadge } from "./DeadBadge";
import { NameField } from "./NameField";
import { TopInstances } from "./TopInstances";
import { UnitClasses } from "./UnitClasses";
import { UnitFacets } from "./UnitFacets";
import { UnitAxis, UnitHistogram } from "./UnitHistogram";
import { UnitHistory } from "./UnitHistory";
import { UnitInfluence } from "./UnitInfluence";
import { UnitServes } from "./UnitServes";

const WIDTH = 288;
const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** Everything about one unit, beside the view; nothing while no unit is open. */
export function UnitPanel() {
  const [unit, model] = [state.unit.value, state.modelA.value];
  const layer = model?.layers.find(({ name }) => name === unit?.layer);
  if (!unit || !model || !layer) return null;
  if (unit.unit >= layer.units) {
    return (
      <aside class="side-panel unit-panel" aria-label="unit">
        <UnitHead unit={unit} />
        <Message title={`${layer.name} has ${layer.units} units`}>
          There is no unit {unit.unit}.
        </Message>
      </aside>
    );
  }
  return (
    <aside class="side-panel unit-panel" aria-label={`unit ${unit.unit} of ${unit.layer}`}>
      <UnitHead unit={unit}>
        <DeadBadge unit={unit} model={model} />
      </UnitHead>
      <NameField unit={unit} model={model} />
      <Sections key={`${unit.unit} ${unit.layer}`} unit={unit} type={layer.type} model={model} />
    </aside>
  );
}

/** All that is told of a unit; for another unit it starts anew. */
function Sections({ unit, type, model }: Props & { readonly model: Model }) {
  return (
    <>
      <UnitFacets unit={unit} model={model} />
      <TopInstances unit={unit} model={model} />
      <UnitServes unit={unit} model={model} />
      <UnitDistributions unit={unit} type={type} />
      <UnitHistory unit={unit} model={model} width={WIDTH} />
      <UnitClasses unit={unit} model={model} width={WIDTH} />
      <UnitInfluence unit={unit} model={model} />
      <Accuracy width={WIDTH} />
    </>
  );
}

interface HeadProps {
  readonly unit: UnitId;
  readonly children?: ComponentChildren;
}

function UnitHead({ unit, children }: HeadProps) {
  const isMarked = state.marked.value?.get(unit.layer)?.includes(unit.unit) ?? false;
  return (
    <header>
      <h2>
        Unit {unit.unit} <Name name={unit.layer} class="faint" /> {children}
      </h2>
      <Saves of=".unit-panel" savable={() => savableUnit(unit)} formats={["SVG", "PNG"]} />
      <button
        type="button"
        class="icon"
        aria-pressed={isMarked}
        aria-label="Mark the unit"
        title={isMarked ? "Unmark" : "Mark"}
        onClick={() => state.toggleMarked(unit)}
      >
        {isMarked ? "★" : "☆"}
      </button>
      <button
        type="button"
        class="icon"
        aria-label="Close the unit panel"
        title="Close (Escape)"
        onClick={() => state.choose({ unit: null })}
      >
        ✕
      </button>
    </header>
  );
}

const savableUnit = ({ layer, unit }: UnitId): Savable => ({
  name: `unit-${unit}-of-${layer}`,
  caption: state.a.value ? `${state.a.value.run} · step ${state.a.value.step}` : "",
  tables: () => [],
});

interface Props {
  readonly unit: UnitId;
  readonly type: string;
}

/** The unit's distribution for each subset, A filled and B outlined, on one axis. */
function UnitDistributions({ unit, type }: Props) {
  const subjects = state.recorded.value;
  const question: HistogramQuestion = {
    layer: unit.layer,
    type,
    subjects,
    pair: subjects.length > 1 ? [0, 1] : null,
    instances: [],
    places: [],
  };
  const answer = useHistograms(subjects.length ? question : null);
  const theme = state.theme.value;
  const data = useMemo(
    () => answer.value && coloured(answer.value, theme, [], () => "", NO_NAMES),
    [answer.value, theme],
  );
  if (answer.state === "failed") {
    return (
      <Message kind="failed" title="The distributions could not be read">
        {answer.message}
      </Message>
    );
  }
  if (!data) return null;
  return <Histograms data={data} unit={unit.unit} subjects={subjects} />;
}

interface HistogramsProps {
  readonly data: PanelData;
  readonly unit: number;
  readonly subjects: readonly ShownSubject[];
}

function Histograms({ data, unit, subjects }: HistogramsProps) {
  const scale = scaleOver("linear", domainOf(data, unit), [8, WIDTH - 8]);
  const { divergence } = describe(data, unit, null);
  const keys = [...new Set(subjects.map(({ key }) => key))];
  return (
    <section>
      <h3>Distributions</h3>
      {keys.map((key) => (
        <UnitHistogram key={key} data={data} unit={unit} scale={scale} subset={key} />
      ))}
      <UnitAxis scale={scale} />
      {divergence && <p class="faint">{divergence}</p>}
    </section>
  );
}
