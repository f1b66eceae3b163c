import { SHADE } from "../../model/color";
import { LineChart } from "../../plot/LineChart";
import { counting, mapped } from "../../state/shared";
import * as state from "../../state/store";
import { Icon } from "../../ui/Icon";
import { Name } from "../../ui/Name";
import { Stat } from "../../ui/Stat";
import { DeadUnits } from "./DeadUnits";
import type { ArchitectureOptions } from "./options";
import { architectureOptions } from "./options";
import type { ArchitecturePicture } from "./picture";
import { SHADE_NAMES, SHADE_STATISTICS, SHADE_TEXTS, shapeText } from "./shade";
import { type Line, linesOf } from "./tables";
import { parametersOf, revealing } from "./tree";
import { shadeValueWords } from "./words";

interface Props {
  readonly picture: ArchitecturePicture;
  readonly options: ArchitectureOptions;
}

/** One layer in detail, and the way to it in the other views; nothing where the run has no such layer. */
export function Inspector({ picture, options }: Props) {
  const lines = linesOf(picture);
  const line = lines.find(({ layer }) => layer.name === options.layer);
  if (!line) return null;
  const { layer } = line;
  const feeds = lines.filter(({ fedBy }) => fedBy.includes(layer.name));
  return (
    <aside class="architecture-inspector" aria-label={`Layer ${layer.name}`}>
      <header>
        <h2>
          <Name name={layer.name} />
        </h2>
        <button
          type="button"
          class="icon"
          aria-label="Close"
          onClick={() => architectureOptions.choose({ layer: null })}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl>
        <dt>type</dt>
        <dd>{layer.type}</dd>
        <dt>output</dt>
        <dd>{shapeText(layer.shape) || "not recorded"}</dd>
        <dt>units</dt>
        <dd>{layer.units.toLocaleString("en")}</dd>
        <dt>parameters</dt>
        <dd>{parametersOf({ layers: [layer] })?.toLocaleString("en") ?? "not recorded"}</dd>
      </dl>
      <ViewLinks picture={picture} layer={layer.name} />
      {options.shade !== "none" && <Numbers line={line} picture={picture} options={options} />}
      {options.shade === "dead" && <DeadUnits picture={picture} layer={layer.name} />}
      <Ends title="fed by" names={line.fedBy} picture={picture} options={options} />
      <Ends
        title="feeds"
        names={feeds.map((one) => one.layer.name)}
        picture={picture}
        options={options}
      />
    </aside>
  );
}

/** Buttons to the other views, at the layer. */
function ViewLinks({
  picture,
  layer,
}: {
  readonly picture: ArchitecturePicture;
  readonly layer: string;
}) {
  const { model, place } = picture;
  if (place === "B")
    return <p class="note">Select this run as A to see the layer in other views.</p>;
  const openGraph = () => {
    const { open } = counting.value;
    counting.choose({ open: [...new Set([...open, layer])] });
    state.choose({ view: "graph" });
  };
  const openProjections = () => {
    mapped.choose({ layer });
    state.choose({ view: "projections" });
  };
  return (
    <p class="architecture-doors">
      <button
        type="button"
        onClick={() => state.choose({ layers: [layer], view: "distributions" })}
      >
        Distributions
      </button>
      {model.graph && (
        <button type="button" onClick={openGraph}>
          Graph
        </button>
      )}
      {model.projection && (
        <button type="button" onClick={openProjections}>
          Projections
        </button>
      )}
    </p>
  );
}

function Numbers({ line, picture, options }: Props & { readonly line: Line }) {
  const { shade } = options;
  const { series } = picture.numbers;
  const { told } = line;
  if (shade === "none") return null;
  const now = series.steps[told.at] ?? null;
  return (
    <section>
      <h3>
        <Stat of={SHADE_STATISTICS[shade]}>{SHADE_NAMES[shade]}</Stat>
      </h3>
      <p>{shadeValueWords(shade, told)}</p>
      {series.steps.length > 1 && (
        <LineChart
          lines={[
            {
              name: SHADE_NAMES[shade],
              colour: SHADE[state.theme.value],
              dash: "",
              xs: series.steps,
              ys: told.history,
            },
          ]}
          width={232}
          height={84}
          label={`${SHADE_NAMES[shade]} of ${line.layer.name} over the steps`}
          at={now}
          y={[0, 0]}
        />
      )}
      <p class="faint">{SHADE_TEXTS[shade]}</p>
    </section>
  );
}

interface EndsProps extends Props {
  readonly title: string;
  readonly names: readonly string[];
}

const SHOWN = 8;

/** Layers at the other ends of links; pressing one goes there. */
function Ends({ title, names, picture, options }: EndsProps) {
  if (names.length === 0) return null;
  const shown = names.slice(0, SHOWN);
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <button
              type="button"
              class="plain"
              onClick={() =>
                architectureOptions.choose({
                  ...revealing(picture.tree, options, name),
                  layer: name,
                })
              }
            >
              <Name name={name} />
            </button>
          </li>
        ))}
        {names.length > SHOWN && (
          <li class="faint">and {names.length - SHOWN} more (see the table)</li>
        )}
      </ul>
    </section>
  );
}
