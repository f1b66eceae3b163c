import { useMemo } from "preact/hooks";
import * as state from "../../state/store";
import { Stat } from "../../ui/Stat";
import { useAtlas } from "./atlas";
import { described, placeText, qualityParts, sideTitle } from "./describe";
import { InstanceFacts, PinnedCard } from "./InstanceCard";
import type { LayerQuality } from "./maps";
import type { ProjectionOptions } from "./options";
import { PlaceTable } from "./PlaceTable";
import { StageFrame } from "./StageFrame";
import { type SideFacts, sceneOf, sideAt } from "./scene";
import type { Target } from "./staging";
import type { Found } from "./useProjection";
import { usePlace, type Watched } from "./watched";

interface Props {
  readonly watched: Watched;
  readonly options: ProjectionOptions;
  readonly found: Found;
  readonly pinned: number | null;
  readonly minus: boolean;
  readonly onPin: (instance: number | null) => void;
  readonly onHover: (instance: number | null) => void;
}

/** The large map, or a table instead, and how far it can be trusted. */
export function MapPicture(props: Props) {
  const { watched, options, found, pinned, minus, onPin, onHover } = props;
  const { answer, sides, framing, layer, neighbours, memory } = found;
  const chosen = state.instances.value ?? NONE;
  const [first] = sides;
  // a table is of where the map has come to rest
  usePlace(watched, ({ layer: at, step, moving }) => (moving ? Number.NaN : at + 1e4 * step));
  const pictures = useAtlas(first?.model ?? NO_MODEL, options.show === "pictures");
  const scene = useMemo(
    () =>
      sceneOf(sides, {
        memory,
        options,
        chosen,
        minus,
        framing,
        pictures,
        nameOf: (instance) => (first ? labelOf(instance, first) : ""),
      }),
    [...sides.flatMap(partsOf), options, chosen, minus, framing, pictures],
  );
  if (!first) return null;
  const titles = sides.map(sideTitle);
  const name = first.from.layers[layer] ?? "";
  return (
    <div class="projection-main" aria-busy={answer.state === "loading"}>
      <QualityLines sides={sides} layer={layer} />
      {answer.value?.note && <p class="note">{answer.value.note}</p>}
      {options.selectedOnly && chosen.length === 0 && (
        <p class="note">No instances selected: showing all.</p>
      )}
      {options.table ? (
        <PlaceTable
          sides={sides}
          playhead={watched.playhead}
          layer={placeText(watched.playhead.layer, (at) => first.from.layers[at] ?? "")}
          chosen={new Set(chosen)}
        />
      ) : (
        <StageFrame
          {...{ watched, scene, titles, onHover }}
          label={`map of ${first.from.shown.length} instances in ${name}`}
          describe={(target) => <Described target={target} sides={sides} />}
          onPin={(target) => onPin(target?.instance ?? null)}
        >
          {pinned !== null && (
            <PinnedCard
              instance={pinned}
              facts={first.facts}
              layer={name}
              neighbours={neighbours}
              recorded={first.model.projection?.neighbours ?? false}
              onChoose={state.toggleInstance}
              onClose={() => onPin(null)}
            />
          )}
        </StageFrame>
      )}
    </div>
  );
}

const NONE: readonly number[] = [];
const NO_MODEL = { run: "", model: "", probe: null };

/** An instance's name and class. */
function labelOf(instance: number, { facts }: SideFacts): string {
  const { name, truth } = described(instance, facts);
  return truth === null ? name : `${name} · ${truth}`;
}

/** What a side's picture depends on. */
const partsOf = ({ from, to, facts, trails, neighbours }: SideFacts): readonly unknown[] => [
  from,
  to,
  facts.instances,
  facts.predictions,
  facts.subsets,
  facts.hues,
  facts.theme,
  trails,
  neighbours,
];

function Described({
  target,
  sides,
}: {
  readonly target: Target;
  readonly sides: readonly SideFacts[];
}) {
  const side = sideAt(sides, target.place);
  if (!side) return null;
  return (
    <>
      <InstanceFacts instance={target.instance} facts={side.facts} size={64} />
      <div class="faint">Click to select and see its nearest neighbours</div>
    </>
  );
}

/** How far a map can be trusted, each number explained by itself. */
function QualityText({ quality }: { readonly quality: LayerQuality }) {
  return (
    <>
      {qualityParts(quality).map(({ of, text }) => (
        <span key={text}>
          {" · "}
          {of ? <Stat of={of}>{text}</Stat> : text}
        </span>
      ))}
    </>
  );
}

/** The quality of the layer's map, of each moment. */
function QualityLines({
  sides,
  layer,
}: {
  readonly sides: readonly SideFacts[];
  readonly layer: number;
}) {
  return (
    <div class="projection-quality">
      {sides.map(({ place, now }) => {
        const quality = now.quality[layer];
        return (
          <span key={place}>
            {sides.length > 1 && `${place}: `}
            <bdi>{now.layers[layer]}</bdi>
            {quality ? <QualityText quality={quality} /> : " · no map of this layer at this step"}
          </span>
        );
      })}
    </div>
  );
}
