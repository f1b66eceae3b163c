import { useState } from "preact/hooks";
import { ofModel, picture } from "../api/ask";
import type { Instance, Instances as InstanceSet, Model } from "../api/schema";
import type { Predictions, Remote } from "../api/types";
import {
  FILTERS,
  type Filter,
  type Group,
  groupsOf,
  type Prediction,
  predictionsOf,
} from "../model/instances";
import { className } from "../model/names";
import type { InstanceMark } from "../model/shown";
import { WhyButton } from "../panels/WhyButton";
import type { Confusion } from "../state/shared";
import { Message } from "../ui/Message";
import { Name } from "../ui/Name";
import { Section } from "../ui/Section";
import { Thumbnail } from "../ui/Thumbnail";
import { VirtualList } from "../ui/VirtualList";

interface Props {
  readonly model: Model;
  readonly set: Remote<InstanceSet>;
  readonly predictions: Predictions | null;
  readonly marks: readonly InstanceMark[];
  readonly onToggle: (instance: number) => void;
}

const FILTER_NAMES: Readonly<Record<Filter, string>> = {
  all: "all",
  pairs: "attacked pairs",
  errors: "errors",
  shown: "selected",
};

const ROW = 48;
const TALLEST = 384;

const PROBE_CODE = `from summary_ops import ProbeSet, Recorder

probe = ProbeSet(inputs, labels)
Recorder(model, probe=probe)`;

/** The probe set: attacked and benign instances side by side, with their predictions at A. */
export function Instances({ model, set, predictions, marks, onToggle }: Props) {
  const [filter, setFilter] = useState<Filter>("all");
  if (!model.probe) {
    return (
      <Section title="Instances">
        {() => (
          <Message title="No probe set recorded" code={PROBE_CODE}>
            A probe set is a fixed list of inputs, recorded at every step. Its instances appear
            here, as dots in Distributions and as points in Projections.
          </Message>
        )}
      </Section>
    );
  }
  const tools = (
    <select
      aria-label="Filter instances"
      value={filter}
      onChange={(event) =>
        setFilter(FILTERS.find((known) => known === event.currentTarget.value) ?? "all")
      }
    >
      {FILTERS.map((known) => (
        <option key={known} value={known}>
          {FILTER_NAMES[known]}
        </option>
      ))}
    </select>
  );
  return (
    <Section
      title="Instances"
      count={`${marks.length} of ${model.probe.size}`}
      searchLabel="name or class"
      tools={tools}
    >
      {(search) => {
        if (set.state === "failed")
          return (
            <Message kind="failed" title="The instances could not be read">
              {set.message}
            </Message>
          );
        if (!set.value) return <Message kind="loading" title="Loading instances…" />;
        return (
          <InstanceList
            model={model}
            set={set.value}
            predictions={predictions}
            marks={marks}
            filter={filter}
            search={search}
            onToggle={onToggle}
          />
        );
      }}
    </Section>
  );
}

interface ListProps extends Omit<Props, "set"> {
  readonly set: InstanceSet;
  readonly filter: Filter;
  readonly search: string;
}

function InstanceList({ model, set, predictions, marks, filter, search, onToggle }: ListProps) {
  const said = predictionsOf(predictions);
  const shown = new Set(marks.map(({ instance }) => instance));
  const groups = groupsOf(set.instances, {
    filter,
    search,
    said,
    shown,
    className: (index) => className(model, index),
  });
  if (groups.length === 0)
    return (
      <Message
        title={
          filter === "all"
            ? "No matching instances"
            : `No matching instances among: ${FILTER_NAMES[filter]}`
        }
      />
    );
  return (
    <VirtualList
      count={groups.length}
      rowHeight={ROW}
      maxHeight={TALLEST}
      label="Instances"
      of={`${filter}\n${search}\n${set.hash}`}
      row={(place) => {
        const group = groups[place];
        return (
          group && (
            <GroupRow
              group={group}
              model={model}
              set={set}
              said={said}
              marks={marks}
              onToggle={onToggle}
            />
          )
        );
      }}
    />
  );
}

interface RowProps {
  readonly group: Group;
  readonly model: Model;
  readonly set: InstanceSet;
  readonly said: (instance: number) => Prediction | null;
  readonly marks: readonly InstanceMark[];
  readonly onToggle: (instance: number) => void;
}

function GroupRow({ group, model, set, said, marks, onToggle }: RowProps) {
  const main = set.instances[group.at(-1) ?? 0];
  if (!main) return null;
  const confusion = confusionOf(main, said(group.at(-1) ?? 0), group.length > 1);
  return (
    <div class="row instance">
      {group.map((instance) => (
        <Thumbnail
          key={instance}
          source={set.pictured ? picture("thumbnail", { ...ofModel(model), instance }) : null}
          lossless={set.lossless}
          label={describe(set.instances[instance], said(instance), model)}
          text={set.instances[instance]?.text ?? ""}
          mark={marks.find((mark) => mark.instance === instance) ?? null}
          onToggle={() => onToggle(instance)}
        />
      ))}
      <span class="instance-text">
        <span class="instance-head">
          <Name name={main.name} />
          {confusion && <WhyButton model={model} confusion={confusion} />}
        </span>
        <Verdict group={group} model={model} set={set} said={said} />
        {main.note && <Name name={main.note} class="faint" />}
      </span>
    </div>
  );
}

/** The true class and the other one predicted; null for an attacked input, whose cause is the attack. */
function confusionOf(
  { label }: Instance,
  prediction: Prediction | null,
  isAttacked: boolean,
): Confusion | null {
  if (isAttacked || !prediction || label < 0 || prediction.label === label) return null;
  return [label, prediction.label];
}

/** `cat .91 → dog .57` for a pair, `dog: cat .91` for one that is predicted as another class. */
function Verdict({ group, model, set, said }: Pick<RowProps, "group" | "model" | "set" | "said">) {
  const label = set.instances[group[0] ?? 0]?.label ?? -1;
  const words = group.flatMap((instance) => {
    const prediction = said(instance);
    if (!prediction) return [];
    const wrong = label >= 0 && prediction.label !== label;
    return (
      <span key={instance} class={wrong ? "is-wrong" : ""}>
        <Name name={className(model, prediction.label)} /> {prediction.text}
        {wrong && <span class="visually-hidden"> (wrong)</span>}
      </span>
    );
  });
  const wrongAlone = group.length === 1 && label >= 0 && said(group[0] ?? 0)?.label !== label;
  return (
    <span class="verdict">
      {(wrongAlone || words.length === 0) && label >= 0 && (
        <>
          <Name name={className(model, label)} />
          {words.length > 0 && " →"}{" "}
        </>
      )}
      {words.length === 2 ? [words[0], " → ", words[1]] : words}
    </span>
  );
}

function describe(
  instance: Instance | undefined,
  prediction: Prediction | null,
  model: Model,
): string {
  if (!instance) return "";
  const parts = [
    instance.name,
    instance.note,
    instance.label >= 0 ? `true class ${className(model, instance.label)}` : "unlabelled",
    prediction ? `predicted as ${className(model, prediction.label)} ${prediction.text}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
