import type { Health, LayerHealth } from "../../api/schema";
import type { Remote } from "../../api/types";
import { percent, short } from "../../model/format";
import { largest } from "../../model/scale";
import { openLink } from "../../state/links";
import { Message } from "../../ui/Message";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";

type State = LayerHealth["states"][number];

/** What is said of each state, and whether it stands here even where no unit is in it. */
const STATES: Readonly<
  Record<State["state"], { readonly meaning: string; readonly isUsual: boolean }>
> = {
  dead: { meaning: "0 on every input", isUsual: true },
  saturated: { meaning: "mean slope below 10 % of the steepest (tanh, sigmoid)", isUsual: true },
  nonfinite: { meaning: "NaN or infinite on an input", isUsual: false },
  constant: { meaning: "deviation below a millionth of the layer's", isUsual: false },
  duplicate: {
    meaning: "correlation above .99 with an earlier unit on the probe set",
    isUsual: false,
  },
  dormant: { meaning: "mean activation at most .025 of the layer's mean (ReDo)", isUsual: false },
};

/** How the layers fare, a column each: what is dead or saturated, what changes, what separates the classes. */
export function HealthRow({ answer }: { readonly answer: Remote<Health> }) {
  const { value } = answer;
  if (answer.state === "failed" && !value)
    return (
      <section class="overview-health" aria-label="Layer health">
        <h3>What is dead or broken?</h3>
        <Message kind="failed" title="The layers cannot be read">
          {answer.message}
        </Message>
      </section>
    );
  if (!value) return <Message kind="loading" title="Asking how the layers fare…" />;
  if (value.layers.length === 0) return null;
  const { layers, since, inputs } = value;
  const counts = (layer: LayerHealth, state: string) =>
    layer.states.find((one) => one.state === state);
  const states = Object.entries(STATES).filter(
    ([state, { isUsual }]) => isUsual || layers.some((layer) => counts(layer, state)?.count),
  );
  const dead = layers.reduce((sum, layer) => sum + (counts(layer, "dead")?.count ?? 0), 0);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  return (
    <section class="overview-health" aria-label="Layer health">
      <h3>What is dead or broken?</h3>
      <p class="faint">
        {dead.toLocaleString("en")} of {units.toLocaleString("en")} units are dead on{" "}
        {inputs.toLocaleString("en")} inputs; press a number to see the units
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="overview-scroller" tabIndex={0} aria-label="Layers as a table">
        <table>
          <thead>
            <tr>
              <td />
              {layers.map(({ name, type, units: size }) => (
                <th key={name} scope="col" title={`${name}, ${type}, ${size} units`}>
                  <Name name={name} />
                  <span class="faint">
                    {type} {size.toLocaleString("en")}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {states.map(([state, { meaning }]) => (
              <tr key={state} data-state={state}>
                <th scope="row" title={meaning}>
                  {state === "dead" ? <Stat of="dead">dead</Stat> : state}
                </th>
                {layers.map((layer) => (
                  <td key={layer.name} data-layer={layer.name}>
                    <Count layer={layer} found={counts(layer, state)} />
                  </td>
                ))}
              </tr>
            ))}
            <Shares layers={layers} of="change" since={since} />
            <Shares layers={layers} of="separability" since={since} />
          </tbody>
        </table>
      </section>
    </section>
  );
}

interface CountProps {
  readonly layer: LayerHealth;
  readonly found: State | undefined;
}

/** Units in a state; pressing the number shows them marked among the distributions. */
function Count({ layer, found }: CountProps) {
  if (!found?.count) return <span class="faint">0</span>;
  const { count, units, state } = found;
  const share = count / layer.units;
  return (
    <button
      type="button"
      class="plain overview-count"
      style={{ "--share": share }}
      title={`${count} of ${layer.units} units of ${layer.name} are ${state} (${percent(share)})`}
      data-count={count}
      onClick={() =>
        openLink({
          view: "distributions",
          layers: [layer.name],
          subsets: [["all", 0]],
          marked: [[layer.name, units]],
          options: { markedOnly: true },
        })
      }
    >
      {count.toLocaleString("en")} <span class="faint">{percent(share)}</span>
    </button>
  );
}

interface SharesProps {
  readonly layers: readonly LayerHealth[];
  readonly of: "change" | "separability";
  readonly since: number | null;
}

/** A number a layer with its bar; what is no more than noise stands back. */
function Shares({ layers, of, since }: SharesProps) {
  const values = layers.map((layer) => layer[of]);
  const top = of === "separability" ? 1 : largest(values.map((value) => value ?? 0)) || 1;
  return (
    <tr data-state={of}>
      <th scope="row">
        <Stat of={of}>{of === "change" ? "changing" : "separating"}</Stat>
        {of === "change" && since !== null && (
          <span class="faint"> since {since.toLocaleString("en")}</span>
        )}
      </th>
      {layers.map((layer) => {
        const value = layer[of];
        const noise = layer[`${of}Noise`] ?? 0;
        const isNoise = value !== null && value <= noise;
        return (
          <td
            key={layer.name}
            class={`overview-amount ${isNoise ? "is-noise" : ""}`}
            data-layer={layer.name}
            data-value={value ?? undefined}
            title={`${layer.name}: ${short(value)}, by chance ${short(noise, 2)}`}
            style={{ "--share": value === null ? 0 : value / top }}
          >
            {value === null ? "–" : of === "change" ? `${short(value, 2)} σ` : percent(value)}
            {isNoise && <span class="faint"> ≈ noise</span>}
          </td>
        );
      })}
    </tr>
  );
}
