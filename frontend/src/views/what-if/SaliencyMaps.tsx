import { useEffect, useRef } from "preact/hooks";
import { ofModel, request } from "../../api/ask";
import type { Model } from "../../api/schema";
import type { Saliency } from "../../api/types";
import { DIVERGING } from "../../model/color";
import { draw } from "../../model/crop";
import { short } from "../../model/format";
import { className } from "../../model/names";
import { Saves } from "../../panels/Saves";
import type { Sheet } from "../../plot/csv";
import { useAnswer } from "../../state/answers";
import { instancePicture } from "../../state/pictures";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Stat } from "../../ui/Stat";
import { heat, magnitude } from "./heat";

interface Props {
  readonly model: Model;
  readonly step: number;
  /** Instances that come before those chosen. */
  readonly own: readonly number[];
}

/** Maps shown at most. */
const SHOWN = 8;

const METHOD_NAMES: Readonly<Record<string, string>> = {
  occlusion: "occlusion",
  integrated_gradients: "integrated gradients",
};

/** What the model looks at in instances: those of its own, then those chosen. */
export function SaliencyMaps({ model, step, own }: Props) {
  const methods = Object.entries(model.saliency);
  const wanted = [...new Set([...own, ...(state.instances.value ?? [])])];
  const maps = wanted.flatMap((instance) =>
    methods.flatMap(([method, { instances }]) =>
      instances.includes(instance) ? [{ instance, method }] : [],
    ),
  );
  const without = wanted.filter((one) => !maps.some(({ instance }) => instance === one));
  return (
    <section class="saliency-maps" aria-label="Saliency">
      <h2>
        <Stat of="saliency">Saliency maps</Stat>{" "}
        <span class="faint">what each pixel adds to the logit of a class</span>
      </h2>
      {methods.length === 0 ? (
        <Message title="No saliency maps recorded" code={codeFor(wanted)} />
      ) : (
        wanted.length === 0 && <p class="note">Select instances to see their saliency maps.</p>
      )}
      {methods.length > 0 && without.length > 0 && (
        <p class="note">
          No saliency map for instance {without.join(", ")}: <code>{callFor(without)}</code>
        </p>
      )}
      <div>
        {maps.slice(0, SHOWN).map(({ instance, method }) => (
          <SaliencyMap
            key={`${instance} ${method}`}
            model={model}
            step={step}
            instance={instance}
            method={method}
          />
        ))}
      </div>
      {maps.length > SHOWN && <p class="note">{maps.length - SHOWN} more maps not shown.</p>}
    </section>
  );
}

const callFor = (instances: readonly number[]): string =>
  `add_saliency(writer, recorder, [${(instances.length ? instances : [0, 1, 2]).join(", ")}], step=step)`;

const codeFor = (instances: readonly number[]): string =>
  `from summary_ops import add_saliency\n\n${callFor(instances)}`;

interface MapProps {
  readonly model: Model;
  readonly step: number;
  readonly instance: number;
  readonly method: string;
}

function SaliencyMap({ model, step, instance, method }: MapProps) {
  const answer = useAnswer(request("saliency", { ...ofModel(model), step, instance, method }));
  const name = METHOD_NAMES[method] ?? method;
  if (answer.state === "failed") {
    return (
      <p class="note">
        No {name} of instance {instance}: {answer.message}
      </p>
    );
  }
  const found = answer.value;
  if (!found) return null;
  const most = magnitude(found.arrays.values.data);
  return (
    <figure data-instance={instance} data-method={method}>
      <HeatMap
        model={model}
        instance={instance}
        found={found}
        label={`${name} of instance ${instance}`}
      />
      <figcaption>
        {name}, instance {instance}
        <br />
        <span class="faint">
          for {className(model, found.meta.target)}, up to ±{short(most, 2)} a pixel · step{" "}
          {found.meta.step.toLocaleString("en")} · {found.meta.parameters}
        </span>
        <br />
        <HeatKey />
        <Saves
          of="figure"
          savable={() => ({
            name: `saliency-${instance}`,
            tables: () => [tableOf(found)],
          })}
        />
      </figcaption>
    </figure>
  );
}

/** The map's values, a line of pixels each. */
function tableOf({ arrays }: Saliency): Sheet {
  const { data, shape } = arrays.values;
  const [height = 0, width = 0] = shape;
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
}

/** The two colours, with words. */
function HeatKey() {
  const { more, less } = DIVERGING[state.theme.value];
  return (
    <span class="heat-key">
      <i style={{ background: less }} /> against the class · <i style={{ background: more }} /> for
      it
    </span>
  );
}

interface HeatProps {
  readonly model: Model;
  readonly instance: number;
  readonly found: Saliency;
  readonly label: string;
}

const SIDE = 176;

/** The map over the instance's picture in grey. */
function HeatMap({ model, instance, found, label }: HeatProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = instancePicture(model, instance);
  const theme = state.theme.value;
  const { data, shape } = found.arrays.values;
  const [height = 0, width = 0] = shape;
  const scale = SIDE / Math.max(width, height, 1);
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || width * height === 0) return;
    context.clearRect(0, 0, wide, high);
    context.filter = "grayscale(1) opacity(.5)";
    if (picture) draw(context, picture, [0, 0, wide, high]);
    context.filter = "none";
    const layer = new OffscreenCanvas(width, height);
    layer.getContext("2d")?.putImageData(new ImageData(heat(data, theme), width, height), 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(layer, 0, 0, wide, high);
  }, [data, picture, theme]);
  return <canvas ref={canvas} width={wide} height={high} role="img" aria-label={label} />;
}
