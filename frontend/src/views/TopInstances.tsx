import { activations, instances as askInstances, thumbnail } from "../api";
import { Name } from "../controls/Name";
import { className } from "../names";
import { useRemote } from "../remote";
import * as state from "../state";
import type { Model, UnitId } from "../types";
import { short } from "./scale";
import { sorted } from "./sorting";
import { useSeen } from "./visible";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const SHOWN = 10;
/** Instances asked for at once: the address of the question must stay short. */
const ASKED = 512;

/** The instances of the probe set that activate the unit most. */
export function TopInstances({ unit, model }: Props) {
  const moment = state.a.value;
  const key = useSeen(
    moment && model.probe ? JSON.stringify([unit.layer, moment, model.probe.hash]) : null,
  );
  const answer = useRemote(key, async () => {
    const set = await askInstances(model);
    const asked = set.instances.map((_, instance) => instance).slice(0, ASKED);
    const subject = { run: model.run, model: model.model, step: moment?.step ?? 0, subset: "all" };
    const { arrays } = await activations(unit.layer, subject, asked);
    return { layer: unit.layer, set, values: arrays.values };
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
  if (!answer.value || answer.value.layer !== unit.layer) return null;
  const { set, values } = answer.value;
  const [count = 0, units = 0] = values.shape;
  const own = Float64Array.from(
    { length: count },
    (_, row) => values.data[row * units + unit.unit] ?? Number.NaN,
  );
  const best = sorted(own, true).slice(0, SHOWN);
  const chosen = state.instances.value ?? [];
  return (
    <section>
      <h3>
        strongest of {count} instances{" "}
        {set.instances.length > count && (
          <span class="faint">(the first of {set.instances.length})</span>
        )}
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
                aria-label={`${words}, activation ${short(own[instance] ?? Number.NaN)}`}
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
              <span>{short(own[instance] ?? Number.NaN)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
