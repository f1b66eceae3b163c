import { ofModel, ofMoment, request, sent } from "../../api/ask";
import type { Box, Example, Instance, Instances, Model } from "../../api/schema";
import type { Moment, Remote, UnitId } from "../../api/types";
import { short } from "../../model/format";
import { sorted } from "../../model/histograms/sorting";
import { className } from "../../model/names";
import { useAnswer } from "../../state/answers";
import { instancePicture } from "../../state/pictures";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const SHOWN = 10;
const SIZE = 46;

/** The instances of the probe set that activate the unit most, and where in them. */
export function TopInstances({ unit, model }: Props) {
  const moment = state.a.value;
  const { probe } = model;
  const instances = useAnswer(probe && request("instances", ofModel(model)));
  const found = useStrongest(model, moment, unit);
  if (!probe) {
    return (
      <section>
        <h3>Strongest instances</h3>
        <p class="note">
          No instances recorded: pass <code>probe=ProbeSet(images, labels)</code> to the Recorder.
        </p>
      </section>
    );
  }
  const failed = [instances, found].find((answer) => answer.state === "failed");
  if (failed?.state === "failed") return <p class="note">No instances: {failed.message}</p>;
  if (!instances.value || !found.value) return null;
  const [set, { best, step }] = [instances.value, found.value];
  return (
    <section>
      <h3>
        Strongest of {probe.size.toLocaleString("en")} instances{" "}
        {step !== moment?.step && <span class="faint">at step {step.toLocaleString("en")}</span>}
      </h3>
      <ul class="top-instances">
        {best.map((example) => (
          <li key={example.instance}>
            <Strongest example={example} model={model} set={set} />
            <span>{short(example.value ?? Number.NaN)}</span>
          </li>
        ))}
      </ul>
      {best.some(({ box }) => !isWhole(box)) && (
        <p class="faint">The frame marks the receptive field of the strongest response.</p>
      )}
    </section>
  );
}

const WHOLE: Box = [0, 0, 1, 1];
const isWhole = (box: Box): boolean => box.every((edge, place) => edge === WHOLE[place]);

type Found = { readonly step: number; readonly best: readonly Omit<Example, "position">[] };

/** As recorded, with what the unit sees; else from the activations of the whole probe set. */
function useStrongest(model: Model, moment: Moment | null, unit: UnitId): Remote<Found> {
  const { probe } = model;
  const asked = moment && probe && { ...ofMoment(moment), layer: unit.layer, unit: unit.unit };
  const recorded = useAnswer(
    asked && model.exampleSteps.length > 0 ? request("examples", asked) : null,
  );
  const isOther = recorded.value !== null && recorded.value.hash !== probe?.hash;
  const activations = useAnswer(
    moment && asked && (isOther || model.exampleSteps.length === 0)
      ? request("activations", {
          layer: unit.layer,
          s: sent({ ...moment, subset: "all" }),
          unit: unit.unit,
        })
      : null,
  );
  const examples = isOther ? null : recorded.value;
  if (examples) {
    const { step } = examples;
    return { ...recorded, value: { step, best: examples.examples.slice(0, SHOWN) } };
  }
  const all = activations.value;
  if (!all)
    return {
      ...(recorded.state === "failed" ? recorded : activations),
      value: null,
    } as Remote<Found>;
  const values = all.arrays.values.data;
  const best = sorted(Float64Array.from(values), true).slice(0, SHOWN);
  return {
    ...activations,
    value: {
      step: all.meta.step,
      best: best.map((instance) => ({
        instance,
        value: values[instance] ?? Number.NaN,
        box: WHOLE,
      })),
    },
  };
}

const UNKNOWN: Instance = { name: "", note: "", slices: [], label: -1, pair: -1, text: "" };

interface StrongestProps {
  readonly example: Omit<Example, "position">;
  readonly model: Model;
  readonly set: Instances;
}

function Strongest({ example, model, set }: StrongestProps) {
  const { instance, value, box } = example;
  const { name, note, label, text } = set.instances[instance] ?? UNKNOWN;
  const words = [name, note, className(model, label)].filter(Boolean).join(", ");
  const crop = instancePicture(model, instance);
  return (
    <button
      type="button"
      aria-pressed={state.instances.value?.includes(instance) ?? false}
      title={words}
      aria-label={`${words}, activation ${short(value ?? Number.NaN)}`}
      onClick={() => state.toggleInstance(instance)}
    >
      {crop ? (
        <Picture crop={crop} size={SIZE} label="">
          {!isWhole(box) && <Frame box={box} width={crop.width} height={crop.height} />}
        </Picture>
      ) : (
        !set.pictured && <Name name={text || name} />
      )}
    </button>
  );
}

interface FrameProps {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
}

/** What the unit sees of a picture: the rest is shaded. */
function Frame({ box: [y0, x0, y1, x1], width, height }: FrameProps) {
  const [left, top, right, bottom] = [x0 * width, y0 * height, x1 * width, y1 * height];
  return (
    <>
      <path
        class="unseen"
        fill-rule="evenodd"
        d={`M0 0H${width}V${height}H0ZM${left} ${top}V${bottom}H${right}V${top}Z`}
      />
      <rect class="seen" x={left} y={top} width={right - left} height={bottom - top} />
    </>
  );
}
