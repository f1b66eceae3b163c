import type { Graph } from "../../api/schema";
import { percent } from "../../model/format";
import { ViewTools } from "../../panels/ViewTools";
import type { Savable } from "../../plot/saving";
import type { Fold } from "../../ui/fold";
import { Popover } from "../../ui/Popover";
import { Check, Choice, Select } from "../../ui/tools";
import { GAP, type GraphOptions, graphOptions, PITCH, RANKINGS, SIZES } from "./options";
import { MEASURE_NAMES } from "./strength";

/** Share of what units are chosen by that the backend keeps at least; and others to choose from. */
const KEEP = { importance: 0.3, pagerank: 0.075, lift: 0.075 } as const;
const RANKING_NAMES = {
  importance: "Importance",
  pagerank: "PageRank (Summit)",
  lift: "PageRank × PageRank lift",
} as const;
/** What the area of a node says. */
const SIZE_NAMES = { count: "Count", rank: "PageRank", importance: "Importance" } as const;
const OF_NAMES: Readonly<Record<string, string>> = {
  activation: "Positive activation",
  deviation: "|activation − mean|",
};
const KEEPS = [0.15, 0.3, 0.45, 0.6, 0.75, 0.9] as const;

interface Props {
  readonly graph: Graph | null;
  readonly options: GraphOptions;
  /** How many nodes the filter hides. */
  readonly hidden: number;
  readonly classes: Fold;
  readonly onArrange: () => void;
  readonly savable: (() => Savable) | null;
}

/** How the graph is made and drawn. */
export function GraphToolbar({ graph, options, hidden, classes, onArrange, savable }: Props) {
  const choose = graphOptions.choose;
  return (
    <ViewTools label="Graph" savable={savable}>
      <button type="button" aria-pressed={classes.open} onClick={classes.toggle}>
        Classes
      </button>
      {graph && (
        <>
          <Choice
            label="Picture or table"
            value={options.table ? "table" : "picture"}
            choices={["picture", "table"]}
            names={{ picture: "Picture", table: "Table" }}
            onChoose={(chosen) => choose({ table: chosen === "table" })}
          />
          <Select
            label="Node area"
            value={options.size}
            choices={SIZES}
            name={(size) => SIZE_NAMES[size]}
            onChoose={(size) => choose({ size })}
          />
          <Ranking options={options} />
          <Popover label="More graph options" button="More ▾" class="graph-options">
            {() => (
              <>
                <Making graph={graph} options={options} />
                <Drawing options={options} hidden={hidden} onArrange={onArrange} />
              </>
            )}
          </Popover>
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
      <Slider
        label="Hide below"
        title={
          hidden
            ? `${hidden} units are hidden`
            : "Hide units whose area is below this share of the largest"
        }
        text={options.filter ? `${options.filter} %` : "off"}
        value={options.filter}
        bounds={[0, 100]}
        onInput={(filter) => choose({ filter })}
        onChange={onArrange}
      />
      <Slider
        label="Layer spacing"
        title="Distance between layers"
        value={options.pitch}
        bounds={PITCH}
        onInput={(pitch) => choose({ pitch })}
      />
      <Slider
        label="Unit spacing"
        title="Distance between the units of a layer"
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
  return (
    <>
      {measures.length > 1 && graph.measure && (
        <Choice
          label="Influence"
          value={graph.measure}
          choices={measures}
          names={MEASURE_NAMES}
          onChoose={(measure) => choose({ measure })}
        />
      )}
      {masses.length > 1 && (
        <label title="A unit counts in an input if it is among the fewest that hold this share of the layer's activation">
          Top-mass threshold{" "}
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
          label="Top mass of"
          value={graph.of}
          choices={of}
          names={OF_NAMES}
          onChoose={(chosen) => choose({ of: chosen, mass: null })}
        />
      )}
      <Check
        label="Follow edge direction"
        title="PageRank flows from consumers to producers only, not both ways"
        checked={options.directed}
        onChange={(directed) => choose({ directed })}
      />
    </>
  );
}

/** What units are chosen by, and how many. */
function Ranking({ options }: { readonly options: GraphOptions }) {
  const choose = graphOptions.choose;
  const usual = KEEP[options.ranking];
  return (
    <>
      <Select
        label="Select units by"
        value={options.ranking}
        choices={RANKINGS}
        name={(ranking) => RANKING_NAMES[ranking]}
        onChoose={(ranking) => choose({ ranking, keep: null })}
      />
      <label title="Least share of the whole that the units shown hold; more where a layer would be cut off">
        {options.ranking === "importance" ? "Importance" : "PageRank"} kept{" "}
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
