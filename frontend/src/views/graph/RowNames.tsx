import type { GraphLayer } from "../../api/schema";
import { percent } from "../../model/format";
import type { Camera } from "../../stage/camera";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import type { GraphLayout } from "./layout";
import { graphOptions } from "./options";
import type { GraphScene } from "./scene";

interface Props {
  readonly scene: GraphScene;
  readonly layout: GraphLayout;
  readonly camera: Camera;
}

/** From this share on negative activations are worth a word: the mass counts positive ones alone. */
const NEGATIVE = 0.1;
/** Rows closer than this on the screen have no room for a second line, or for a third. */
const TWO_LINES = 34;
const THREE_LINES = 50;
/** Pixels that a name may stand beside the middle of its row. */
const AJAR = 28;

/** The layers' names at the left of their rows, or over them, wherever the picture is. */
export function RowNames({ scene, layout: { rows, across }, camera }: Props) {
  const apart = Math.abs((rows[1] ?? 0) - (rows[0] ?? 0)) * camera.zoom || THREE_LINES;
  const lines = across ? 3 : 1 + Number(apart >= TWO_LINES) + Number(apart >= THREE_LINES);
  const placeOf = (row: number) => {
    const place = (rows[row] ?? 0) * camera.zoom + (across ? camera.x : camera.y);
    if (!across) return { top: `${place}px` };
    // the last name is wider than its nodes: it moves into sight, and no farther
    const width = apart - 4;
    const inside = `max(${place - AJAR}px, 100% - ${width / 2}px)`;
    return { left: `min(${place}px, ${inside})`, width: `${width}px` };
  };
  const open = graphOptions.value.open ?? [];
  return (
    <div class={across ? "graph-rows are-across" : "graph-rows"}>
      {scene.rows.map((layer, row) => (
        <RowName
          key={layer.name}
          layer={layer}
          place={placeOf(row)}
          lines={lines}
          isOpen={open.includes(layer.name)}
          isInner={scene.rows.some(({ inner }) => inner.includes(layer.name))}
          offersDeviation={scene.graph.options.of.includes("deviation")}
        />
      ))}
    </div>
  );
}

interface RowProps {
  readonly layer: GraphLayer;
  readonly place: Readonly<Record<string, string>>;
  readonly lines: number;
  readonly isOpen: boolean;
  readonly isInner: boolean;
  readonly offersDeviation: boolean;
}

function RowName({ layer, place, lines, isOpen, isInner, offersDeviation }: RowProps) {
  const { name, type, units, inner, of } = layer;
  const negative = layer.negative ?? 0;
  const toggle = () => {
    const open = graphOptions.value.open ?? [];
    const others = open.filter((known) => known !== name);
    graphOptions.choose({ open: isOpen ? others : [...others, name] });
  };
  const canOpen = inner.length > 0;
  const countedOtherwise = of === "deviation" || negative >= NEGATIVE;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same
    <div
      class={`graph-row ${isInner ? "is-inner" : ""}`}
      style={place}
      onDblClick={canOpen ? toggle : undefined}
    >
      <div class="graph-row-name">
        {canOpen && (
          <button
            type="button"
            class="icon"
            aria-expanded={isOpen}
            aria-label={`${inner.length} inner layers of ${name}`}
            title={isOpen ? "Close" : `Open: ${inner.join(", ")}`}
            onClick={toggle}
          >
            <span class="fold-mark" aria-hidden="true" />
          </button>
        )}
        <Explained text={`${type}, ${units} units`}>
          <Name name={name} />
        </Explained>
      </div>
      {lines > 1 && (
        <div class="faint">
          {(lines > 2 || !countedOtherwise) && `${units.toLocaleString("en")} units`}
          {countedOtherwise &&
            (of === "deviation" ? (
              <Deviation />
            ) : (
              <Negative share={negative} canCount={offersDeviation} />
            ))}
        </div>
      )}
    </div>
  );
}

function Deviation() {
  return (
    <button
      type="button"
      class="plain"
      title="Counts use |activation − mean| in this layer. Click to count positive activation instead."
      onClick={() => graphOptions.choose({ of: null, mass: null })}
    >
      |activation − mean|
    </button>
  );
}

function Negative({ share, canCount }: { readonly share: number; readonly canCount: boolean }) {
  const text = `${percent(share)} negative`;
  const why = `${percent(share)} of this layer's |activation| is negative, which counts ignore`;
  if (!canCount)
    return (
      <Explained class="graph-negative" text={why}>
        {text}
      </Explained>
    );
  return (
    <button
      type="button"
      class="plain"
      title={`${why}. Click to count |activation − mean| instead.`}
      onClick={() => graphOptions.choose({ of: "deviation", mass: null })}
    >
      {text}
    </button>
  );
}
