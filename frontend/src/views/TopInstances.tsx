import { instances as askInstances, thumbnail, unitActivations } from "../api";
import { Name } from "../controls/Name";
import { className } from "../names";
import { useRemote } from "../remote";
import * as state from "../state";
import type { Model, UnitId } from "../types";
import { short } from "./scale";
import { sorted } from "./sorting";
import { sameUnit, useSeen } from "./visible";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const SHOWN = 10;

/** The instances of the probe set that activate the unit most. */
export function TopInstances({ unit, model }: Props) {
  const moment = state.a.value;
  const key = useSeen(
    moment && model.probe ? JSON.stringify([unit, moment, model.probe.hash]) : null,
  );
  const answer = useRemote(key, async () => {
    const subject = { run: model.run, model: model.model, step: moment?.step ?? 0, subset: "all" };
    const [set, { arrays, meta }] = await Promise.all([
      askInstances(model),
      unitActivations(unit, subject),
    ]);
    return { unit, set, values: arrays.values.data, step: meta.step };
  });
  if (!model.probe) {
    return (
      <section>
        <h3>strongest instances</h3>
        <p class="note">
          No instances are recorded: pass <code>probe=ProbeSet(images, labels)</code> to the
          Recorder.
        </p>
      </section>
    );
  }
  if (answer.state === "failed") return <p class="note">No instances: {answer.message}</p>;
  if (!answer.value || !sameUnit(answer.value.unit, unit)) return null;
  const { set, values, step } = answer.value;
  const best = sorted(Float64Array.from(values), true).slice(0, SHOWN);
  const chosen = state.instances.value ?? [];
  return (
    <section>
      <h3>
        strongest of {values.length.toLocaleString("en")} instances{" "}
        {step !== moment?.step && <span class="faint">at step {step.toLocaleString("en")}</span>}
      </h3>
      <ul class="top-instances">
        {best.map((instance) => {
          const { name, note, label, text } = set.instances[instance] ?? {
            name: "",
            note: "",
            label: -1,
            text: "",
          };
          const words = [name, note, className(model, label)].filter(Boolean).join(", ");
          return (
            <li key={instance}>
              <button
                type="button"
                aria-pressed={chosen.includes(instance)}
                title={words}
                aria-label={`${words}, activation ${short(values[instance] ?? Number.NaN)}`}
                onClick={() => state.toggleInstance(instance)}
              >
                {set.pictured ? (
                  <img
                    src={thumbnail(model, instance)}
                    alt=""
                    loading="lazy"
                    class={set.lossless ? "is-exact" : ""}
                  />
                ) : (
                  <Name name={text || name} />
                )}
              </button>
              <span>{short(values[instance] ?? Number.NaN)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
