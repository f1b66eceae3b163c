import type { Model } from "../api/schema";
import type { ModelId, Moment } from "../api/types";
import { elapsed, lastStep, nearestEarlier, sameModel } from "../model/moments";
import { modelName, runColour, shortModelName } from "../model/runs";
import type { Link, LinkedMoment } from "../model/shown";
import * as state from "../state/store";
import { Explained } from "../ui/Explained";
import { Icon } from "../ui/Icon";
import { StepSlider } from "./StepSlider";

interface Props {
  readonly models: readonly Model[];
  readonly a: Moment;
  readonly modelA: Model;
  readonly b: LinkedMoment | null;
  readonly modelB: Model | null;
  readonly momentB: Moment | null;
  readonly active: boolean;
  readonly onA: (id: ModelId) => void;
  readonly onB: (id: ModelId | null) => void;
  readonly onLink: (link: Link) => void;
  readonly onStep: (step: number) => void;
}

/** Where and when: moment A with the global slider, and the optional moment B with its link to A. */
export function Moments(props: Props) {
  const { models, a, modelA, b, modelB, momentB, active, onA, onB, onLink, onStep } = props;
  const record = nearestEarlier(modelA.steps, a.step);
  const besideA =
    momentB && sameModel(momentB, a) ? nearestEarlier(modelA.steps, momentB.step) : null;
  const alone = models.length === 1 && modelA.steps.length === 1;
  return (
    <div class="moments">
      <div class="moment">
        <Explained class="place place-a" text="Snapshot A: above or left, filled">
          A
        </Explained>
        <RunPicker label="Run of A" models={models} chosen={a} onChoose={(id) => id && onA(id)} />
      </div>
      {!alone && (
        <div class="moment">
          <Explained
            class="place place-b"
            text="Snapshot B, which A is compared with: below or right, hatched"
          >
            B
          </Explained>
          <RunPicker
            label="Run of B"
            models={
              modelA.steps.length === 1 ? models.filter((model) => !sameModel(model, a)) : models
            }
            chosen={b}
            none="Compare with…"
            onChoose={onB}
          />
          {b && (
            <button
              type="button"
              class="icon"
              aria-label="Stop comparing with B"
              title="Stop comparing"
              onClick={() => onB(null)}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      )}
      {b && modelB && momentB && (
        <LinkPicker
          link={b.link}
          a={a}
          modelA={modelA}
          modelB={modelB}
          found={momentB.step}
          onLink={onLink}
        />
      )}
      {modelA.steps.length > 1 ? (
        <StepSlider
          key={`${a.run}\n${a.model}`}
          steps={modelA.steps}
          wallTimes={modelA.wallTimes}
          record={record}
          other={besideA}
          active={active}
          onMove={(to) => onStep(modelA.steps[to] ?? lastStep(modelA))}
        />
      ) : (
        <p class="faint single-step">One record, step {a.step.toLocaleString("en")}</p>
      )}
    </div>
  );
}

interface PickerProps {
  readonly label: string;
  readonly models: readonly Model[];
  readonly chosen: ModelId | null;
  /** What choosing no run is called; without it a run must be chosen. */
  readonly none?: string;
  readonly onChoose: (id: ModelId | null) => void;
}

function RunPicker({ label, models, chosen, none, onChoose }: PickerProps) {
  const position = chosen ? models.findIndex((model) => sameModel(model, chosen)) : -1;
  const colour = chosen && runColour(chosen.run, state.listedRuns.value);
  return (
    <select
      class="run"
      style={colour ? { borderLeft: `4px solid ${colour}` } : undefined}
      aria-label={label}
      dir="auto"
      title={chosen ? modelName(chosen) : ""}
      value={position}
      onChange={(event) => onChoose(models[Number(event.currentTarget.value)] ?? null)}
    >
      {none !== undefined && <option value={-1}>{none}</option>}
      {models.map((model, place) => (
        <option key={`${model.run}\n${model.model}`} value={place}>
          {shortModelName(model, models)}
        </option>
      ))}
    </select>
  );
}

interface LinkProps {
  readonly link: Link;
  readonly a: Moment;
  readonly modelA: Model;
  readonly modelB: Model;
  readonly found: number;
  readonly onLink: (link: Link) => void;
}

function LinkPicker({ link, a, modelA, modelB, found, onLink }: LinkProps) {
  const within = sameModel(modelA, modelB);
  const mode = link.kind === "same" ? link.by : link.kind;
  const choose = (value: string) => {
    if (value === "pinned") onLink({ kind: "pinned", step: found });
    else if (value === "before") onLink({ kind: "before", records: 1 });
    else if (value === "step" || value === "record" || value === "time")
      onLink({ kind: "same", by: value });
  };
  return (
    <div class="link">
      <select
        aria-label="How B follows A"
        value={mode}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        <option value="pinned">fixed at step</option>
        {!within && <option value="step">same step as A</option>}
        {!within && <option value="record">same record number as A</option>}
        {!within && <option value="time">same time since start</option>}
        <option value="before">records before A</option>
      </select>
      {link.kind === "pinned" && (
        <select
          aria-label="Step of B"
          value={found}
          onChange={(event) => onLink({ kind: "pinned", step: Number(event.currentTarget.value) })}
        >
          {modelB.steps.map((step) => (
            <option key={step} value={step}>
              {step.toLocaleString("en")}
            </option>
          ))}
        </select>
      )}
      {link.kind === "before" && (
        <input
          type="number"
          aria-label="Records before A"
          min={0}
          max={Math.max(0, modelB.steps.length - 1)}
          value={link.records}
          onInput={(event) => {
            const records = Math.trunc(event.currentTarget.valueAsNumber);
            if (records >= 0) onLink({ kind: "before", records });
          }}
        />
      )}
      {link.kind !== "pinned" && (
        <FoundStep link={link} a={a} modelA={modelA} modelB={modelB} found={found} />
      )}
    </div>
  );
}

/** B's own step, and where it differs from what was wanted, what was wanted. */
function FoundStep({ link, a, modelA, modelB, found }: Omit<LinkProps, "onLink">) {
  const seconds = elapsed(modelB)[modelB.steps.indexOf(found)] ?? 0;
  const differs = link.kind === "same" && link.by === "step" && found !== a.step;
  const wanted = elapsed(modelA)[modelA.steps.indexOf(a.step)] ?? 0;
  const note =
    link.kind === "same" && link.by === "time"
      ? `${Math.round(seconds)} s after its start; A: ${Math.round(wanted)} s`
      : differs
        ? found < a.step
          ? `nearest record before ${a.step.toLocaleString("en")}`
          : `no record before ${a.step.toLocaleString("en")}`
        : "";
  return (
    <span class="found" aria-live="polite">
      step {found.toLocaleString("en")} {note && <span class="faint">({note})</span>}
    </span>
  );
}
