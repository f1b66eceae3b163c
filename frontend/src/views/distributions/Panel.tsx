import { useMemo } from "preact/hooks";
import { DIVERGING, INK, type Theme } from "../../model/color";
import { matchText } from "../../model/format";
import { nameOf } from "../../model/histograms/describe";
import {
  type PanelData,
  type PanelSubject,
  scalesOf,
  sortSource,
  unitsOf,
} from "../../model/histograms/panel";
import { searchUnits, sorted, sortValues } from "../../model/histograms/sorting";
import type { Sort } from "../../model/shown";
import { Explained } from "../../ui/Explained";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { useSize } from "../../ui/size";
import { Axis } from "./Axis";
import { comparedNames, sortName } from "./heads";
import { type Arrangement, arrange, laneSubjects } from "./layout";
import type { DistributionOptions } from "./options";
import { END } from "./paint";
import { keyText, rowShapes } from "./picture";
import { type RowActions, Rows } from "./Rows";
import type { Stage } from "./stage";

export interface PanelProps {
  readonly data: PanelData;
  readonly sort: Sort;
  readonly options: DistributionOptions;
  readonly marked: ReadonlySet<number>;
  readonly hidden: ReadonlySet<number>;
  readonly opened: number | null;
  readonly theme: Theme;
  readonly actions: RowActions;
  readonly unhide: () => void;
  readonly onStage: (layer: string, stage: Stage | null) => void;
}

const LABEL = 64;
/** Where each unit is named with the one matched to it. */
const DOUBLE_LABEL = 92;
/** What a name adds to the label. */
const NAME = 84;
const COLUMNS = 104;
/** What the column of the sort key adds. */
const KEY = 72;
/** Room for the scroll bar. */
const GUTTER = 12;

/** The units of one layer, a row each. */
export function Panel(props: PanelProps) {
  const { data, options, marked, hidden, theme } = props;
  const { box, width: outer, height } = useSize();
  const width = Math.max(0, outer - GUTTER);
  const arrangement = arrangementOf(data, options);
  const order = useMemo(() => orderOf(props), [data, props.sort, options, marked, hidden]);
  const matched = data.subjects.some(({ found }) => found.identity === "matched");
  const { sort } = props;
  const keyed = sort.by === "value" || sort.by === "difference" || sort.by === "dead" ? sort : null;
  const frame = useMemo(
    () => ({
      width,
      label: (matched ? DOUBLE_LABEL : LABEL) + (data.names.size > 0 ? NAME : 0),
      columns: (data.divergence ? COLUMNS : 0) + (keyed ? KEY : 0),
      key: keyed ? KEY : 0,
    }),
    [width, matched, data.names.size > 0, data.divergence === null, keyed === null],
  );
  const ownAxes = options.axis === "own";
  const style = useMemo(() => {
    const axis = { kind: options.scale, axis: options.axis };
    const margin = ownAxes ? END : 0;
    const ends = [frame.label + 4 + margin, frame.width - frame.columns - 6 - margin] as const;
    const scales = scalesOf(data, axis, ends);
    const values = keyed && sortValues(keyed, sortSource(data));
    const key = keyed && ((unit: number) => keyText(keyed.by, values?.[unit] ?? Number.NaN));
    const diverging = arrangement === "difference" ? DIVERGING[theme] : null;
    const shapes = rowShapes(laneSubjects(data.subjects, arrangement));
    return { ...shapes, scales, diverging, marked, key, ownAxes };
  }, [data, options.scale, ownAxes, arrangement, frame, theme, marked, sort]);
  const layout = useMemo(() => {
    const heights = { pinned: style.magnified.height, row: style.shape.height, view: height };
    return arrange(order, marked, heights);
  }, [order, marked, style.shape.height, height]);
  const empty = order.length === 0;
  const isMeasured = width > 0 && height > 0;
  return (
    <section class="panel" aria-label={`layer ${data.layer}`} data-layer={data.layer}>
      <PanelHead {...props} shown={order.length} />
      <Axis
        frame={frame}
        scale={ownAxes ? null : style.scales(0)}
        compared={comparedNames(data)}
        sortedBy={keyed && sortName(keyed, data)}
      />
      {empty && <Message title={whyEmpty(props)} />}
      <div class="rows-box" ref={box} hidden={empty} aria-busy={!empty && !isMeasured}>
        {isMeasured && (
          <Rows
            data={data}
            layout={layout}
            style={style}
            frame={frame}
            height={height}
            ink={INK[theme]}
            sort={props.sort}
            opened={props.opened}
            actions={props.actions}
            onStage={(stage) => props.onStage(data.layer, stage)}
          />
        )}
      </div>
    </section>
  );
}

/** Differences need a subset at both moments; without one the two stand beside each other. */
export function arrangementOf(
  { subjects }: PanelData,
  { comparison, stacking }: DistributionOptions,
): Arrangement {
  const possible = laneSubjects(subjects, "difference").length > 0;
  return comparison === "minus" && possible ? "difference" : stacking;
}

/** Units in the order shown: sorted, without the hidden ones and those not searched for. */
export function orderOf({ data, sort, options, marked, hidden }: PanelProps): number[] {
  const found = searchUnits(options.search, unitsOf(data.histograms), data.names);
  const searched = typeof found === "string" ? NONE : found;
  return sorted(sortValues(sort, sortSource(data)), sort.descending).filter(
    (unit) =>
      !hidden.has(unit) &&
      (!options.markedOnly || marked.has(unit)) &&
      (!searched || searched.has(unit)),
  );
}

const NONE: ReadonlySet<number> = new Set();

function whyEmpty({ options, hidden }: PanelProps): string {
  if (options.markedOnly)
    return "No marked units in this layer: click a row, or press M on it, to mark it.";
  if (options.search.trim()) return `No unit of this layer matches “${options.search}”.`;
  if (hidden.size) return "All units of this layer are hidden.";
  return "This layer has no units.";
}

function PanelHead({
  data,
  options,
  hidden,
  unhide,
  shown,
}: PanelProps & { readonly shown: number }) {
  const units = unitsOf(data.histograms);
  const places = (["A", "B"] as const).flatMap((place) => {
    const subject = data.subjects.find((candidate) => candidate.place === place);
    return subject ? [subject] : [];
  });
  return (
    <header class="panel-head">
      <h2>
        {data.layer} <span class="faint">{data.type}</span>
      </h2>
      <span class="faint">
        {shown === units ? "" : `${shown} of `}
        {units} {units === 1 ? "unit" : "units"}
      </span>
      {places.map((subject) => (
        <PlaceNote key={subject.place} subject={subject} alone={places.length === 1} />
      ))}
      {hidden.size > 0 && (
        <button type="button" onClick={unhide}>
          Show {hidden.size} hidden
        </button>
      )}
      {data.dead.size > 0 && (
        <Explained text={`0 on every input at A: units ${listed(data.dead)}`} class="faint">
          {data.dead.size} dead
        </Explained>
      )}
      <ul class="subjects">
        {arrangementOf(data, options) === "difference"
          ? laneSubjects(data.subjects, "difference").map(([a = 0, b = 0], lane) => (
              <LaneKey key={lane} lane={lane} a={data.subjects[a]} b={data.subjects[b]} />
            ))
          : data.subjects.map((subject) => (
              <SubjectKey key={`${subject.place} ${subject.key}`} subject={subject} />
            ))}
        {data.divergence && data.subjects.length > 2 && (
          <li class="faint compared-names">R and W₁ of {comparedNames(data)}</li>
        )}
      </ul>
    </header>
  );
}

const LISTED = 40;

const listed = (units: ReadonlySet<number>): string => {
  const some = [...units].slice(0, LISTED).join(", ");
  return units.size > LISTED ? `${some} and ${units.size - LISTED} more` : some;
};

/** Which subset a lane of differences is of, counted from the top of a row. */
function LaneKey({
  lane,
  a,
  b,
}: {
  readonly lane: number;
  readonly a: PanelSubject | undefined;
  readonly b: PanelSubject | undefined;
}) {
  if (!a || !b) return null;
  const count = (subject: PanelSubject) => subject.found.inputs.toLocaleString("en");
  return (
    <li>
      <span class="lane-key" style={{ "--colour": a.colour }} />
      <Name name={a.name} />
      <span class="faint">
        bar {lane + 1} from the top, n {count(a)} at A, {count(b)} at B
      </span>
    </li>
  );
}

const MATCHED =
  "Units of runs with different initial weights have no common index: they are matched by the correlation of their activations on the shared probe set.";

/** The step that was found, how it was recorded, and whose units its units are. */
function PlaceNote({
  subject,
  alone,
}: {
  readonly subject: PanelSubject;
  readonly alone: boolean;
}) {
  const { step, mode, identity, reason, instances, threshold } = subject.found;
  return (
    <span class="faint">
      {!alone && `${subject.place} `}step {step}
      {mode !== "eval" && `, recorded in ${mode} mode`}
      {identity === "matched" && (
        <Explained text={MATCHED}>
          , units matched by correlation{matchText(instances, threshold)}
        </Explained>
      )}
      {identity === "none" && <span class="warning">, units are not comparable: {reason}</span>}
    </span>
  );
}

function SubjectKey({ subject }: { readonly subject: PanelSubject }) {
  const { inputs, few } = subject.found;
  return (
    <li>
      <span class={`key ${subject.place}`} style={{ "--colour": subject.colour }} />
      <Name name={nameOf(subject)} />
      <span class="faint">n {inputs.toLocaleString("en")}</span>
      {few && <strong class="few">few</strong>}
    </li>
  );
}
