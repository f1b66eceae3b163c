import type { Graph } from "../../api/schema";
import { percent } from "../../model/format";
import { ViewTools } from "../../panels/ViewTools";
import type { Savable } from "../../plot/saving";
import { Check, Choice, Select } from "../../ui/tools";
import { GAP, type GraphOptions, graphOptions, PITCH, RANKINGS, SIZES } from "./options";
import { MEASURE_NAMES } from "./strength";

/** Share of what units are chosen by that the backend keeps at least; and others to choose from. */
const KEEP = { importance: 0.3, pagerank: 0.075, lift: 0.075 } as const;
const RANKING_NAMES = {
  importance: "importance",
  pagerank: "PageRank (Summit)",
  lift: "PageRank × lift",
} as const;
const KEEPS = [0.15, 0.3, 0.45, 0.6, 0.75, 0.9] as const;

interface Props {
  readonly graph: Graph | null;
  readonly options: GraphOptions;
  /** How many nodes the filter hides. */
  readonly hidden: number;
  readonly classesShown: boolean;
  readonly onClasses: () => void;
  readonly onArrange: () => void;
  readonly savable: (() => Savable) | null;
}

/** How the graph is made and drawn. */
export function GraphToolbar({
  graph,
  options,
  hidden,
  classesShown,
  onClasses,
  onArrange,
  savable,
}: Props) {
  const choose = graphOptions.choose;
  return (
    <ViewTools label="Graph" savable={savable}>
      <button type="button" aria-pressed={classesShown} onClick={onClasses}>
        classes
      </button>
      {graph && (
        <>
          <Choice
            label="picture or table"
            value={options.table ? "table" : "picture"}
            choices={["picture", "table"]}
            onChoose={(chosen) => choose({ table: chosen === "table" })}
          />
          <Making graph={graph} options={options} />
          <Drawing options={options} hidden={hidden} onArrange={onArrange} />
        </>
      )}
    </ViewTools>
  );
}

interface DrawingProps {
  readonly options: GraphOptions;
  readonly hidden: number;
  readonly onArrange: () => void;
}

/** Sizes and distances. */
function Drawing({ options, hidden, onArrange }: DrawingProps) {
  const choose = graphOptions.choose;
  return (
    <>
      <Select
        label="size"
        value={options.size}
        choices={SIZES}
        onChoose={(size) => choose({ size })}
      />
      <Slider
        label="filter"
        title={
          hidden ? `${hidden} units are hidden` : "hide units below a share of the largest one"
        }
        text={options.filter ? `${options.filter} %` : "off"}
        value={options.filter}
        bounds={[0, 100]}
        onInput={(filter) => choose({ filter })}
        onChange={onArrange}
      />
      <Slider
        label="rows"
        title="distance from row to row"
        value={options.pitch}
        bounds={PITCH}
        onInput={(pitch) => choose({ pitch })}
      />
      <Slider
        label="gaps"
        title="distance between the units of a row"
        value={options.gap}
        bounds={GAP}
        onInput={(gap) => choose({ gap })}
      />
    </>
  );
}

interface MakingProps {
  readonly graph: Graph;
  readonly options: GraphOptions;
}

/** Which edges and nodes there are: only what is recorded is offered. */
function Making({ graph, options }: MakingProps) {
  const { masses, of, measures } = graph.options;
  const choose = graphOptions.choose;
  const usual = KEEP[options.ranking];
  return (
    <>
      {measures.length > 1 && graph.measure && (
        <Choice
          label="influence"
          value={graph.measure}
          choices={measures}
          names={MEASURE_NAMES}
          onChoose={(measure) => choose({ measure })}
        />
      )}
      {masses.length > 1 && (
        <label title="share of the activation mass that a unit must help to hold, to be counted">
          mass{" "}
          <select
            value={String(graph.mass)}
            onChange={({ currentTarget }) =>
              choose({ mass: Number(currentTarget.value), of: null })
            }
          >
            {masses.map((mass) => (
              <option key={mass} value={String(mass)}>
                {percent(mass)}
              </option>
            ))}
          </select>
        </label>
      )}
      {of.length > 1 && (
        <Choice
          label="mass of"
          value={graph.of}
          choices={of}
          onChoose={(chosen) => choose({ of: chosen, mass: null })}
        />
      )}
      <Select
        label="by"
        value={options.ranking}
        choices={RANKINGS}
        name={(ranking) => RANKING_NAMES[ranking]}
        onChoose={(ranking) => choose({ ranking, keep: null })}
      />
      <label title="share of this that the units shown hold at least; more where a row would be cut off">
        keep{" "}
        <select
          value={String(options.keep ?? usual)}
          onChange={({ currentTarget }) => {
            const keep = Number(currentTarget.value);
            choose({ keep: keep === usual ? null : keep });
          }}
        >
          {[...new Set([usual, ...KEEPS, options.keep ?? usual])]
            .sort((one, other) => one - other)
            .map((keep) => (
              <option key={keep} value={String(keep)}>
                {percent(keep)}
              </option>
            ))}
        </select>
      </label>
      <Check
        label="directed"
        title="let the rank flow from consumers to producers only, not both ways"
        checked={options.directed}
        onChange={(directed) => choose({ directed })}
      />
    </>
  );
}

interface SliderProps {
  readonly label: string;
  readonly title: string;
  readonly text?: string;
  readonly value: number;
  readonly bounds: readonly [number, number];
  readonly onInput: (value: number) => void;
  readonly onChange?: () => void;
}

function Slider({ label, title, text, value, bounds, onInput, onChange }: SliderProps) {
  return (
    <label class="graph-slider" title={title}>
      {label}
      <input
        type="range"
        min={bounds[0]}
        max={bounds[1]}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
        onChange={onChange}
      />
      {text && <span class="faint">{text}</span>}
    </label>
  );
}
