import { useState } from "preact/hooks";
import type { Layer, LayerDifference } from "../api/schema";
import { largest } from "../model/scale";
import { store, stored } from "../model/stored";
import { Sparkline } from "../plot/Sparkline";
import { Explained } from "../ui/Explained";
import { Icon } from "../ui/Icon";
import { Message } from "../ui/Message";
import { Name } from "../ui/Name";
import { RovingList } from "../ui/RovingList";
import { Section } from "../ui/Section";
import { blocksOf } from "./blocks";

interface Props {
  readonly layers: readonly Layer[];
  readonly shown: readonly string[];
  /** Where layers are gone to instead of ticked: the present one. */
  readonly goes?: { readonly now: string | null; readonly go: (name: string) => void } | undefined;
  /** How much each layer differs in the present comparison; null without a comparison. */
  readonly differences: readonly LayerDifference[] | null;
  /** Why there is no ranking, where one was asked for. */
  readonly failure: string | null;
  readonly onToggle: (name: string) => void;
  readonly onOnly: (name: string) => void;
}

const MANY = 30;
/** Bars of the profiles end here, in standard deviations: units that died would dwarf all others. */
const HIGHEST = 10;

const REDUCTIONS: Readonly<Record<string, string>> = { max: "maximum", mean: "mean" };

/** Which layers have a panel, ranked by how much they differ if one likes. */
export function Layers(props: Props) {
  const { layers, shown, goes, differences, failure, onToggle, onOnly } = props;
  const [ranked, setRanked] = useState(() => stored("layers.ranked", false));
  const byName = new Map(differences?.map((difference) => [difference.name, difference]));
  const top = Math.min(
    HIGHEST,
    largest([...byName.values()].map(({ profile }) => profile?.[0] ?? 0)),
  );
  const rank = () => {
    setRanked(!ranked);
    store("layers.ranked", !ranked);
  };
  const row = (layer: Layer) => (
    <LayerRow
      key={layer.name}
      layer={layer}
      shown={goes ? goes.now === layer.name : shown.includes(layer.name)}
      onGo={goes?.go}
      difference={byName.get(layer.name) ?? null}
      top={top}
      onToggle={onToggle}
      onOnly={onOnly}
    />
  );
  const tools = (
    <button
      type="button"
      class="icon"
      aria-pressed={ranked}
      aria-label="Sort layers by divergence"
      title={ranked ? "Sorted by divergence" : "Sort by divergence"}
      onClick={rank}
    >
      <Icon name="sort" />
    </button>
  );
  return (
    <Section
      title="Layers"
      count={goes ? `${layers.length}` : `${shown.length} of ${layers.length}`}
      searchLabel="Layer name or type"
      tools={tools}
    >
      {(search) => {
        const found = layers.filter(({ name, type }) =>
          `${name} ${type}`.toLowerCase().includes(search.toLowerCase()),
        );
        if (found.length === 0)
          return <Message title={layers.length ? "No matching layers" : "No layers recorded"} />;
        const ordered = ranked
          ? found.toSorted(
              (one, other) =>
                (byName.get(other.name)?.top ?? -1) - (byName.get(one.name)?.top ?? -1),
            )
          : found;
        return (
          <RovingList>
            {failure && <p class="failure">{failure}</p>}
            {ordered.length > MANY && !ranked && !search ? (
              blocksOf(ordered).map(({ name, layers: inside }) => (
                <Block
                  key={name}
                  name={name}
                  layers={inside}
                  shown={shown}
                  strongest={strongest(inside.flatMap((layer) => byName.get(layer.name) ?? []))}
                  top={top}
                  row={row}
                />
              ))
            ) : (
              <ul class="rows">{ordered.map(row)}</ul>
            )}
          </RovingList>
        );
      }}
    </Section>
  );
}

function strongest(differences: readonly LayerDifference[]): LayerDifference | null {
  return differences.reduce<LayerDifference | null>(
    (best, other) => ((other.top ?? -1) > (best?.top ?? -1) ? other : best),
    null,
  );
}

interface BlockProps {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly shown: readonly string[];
  /** The difference of the layer in it that differs most. */
  readonly strongest: LayerDifference | null;
  readonly top: number;
  readonly row: (layer: Layer) => preact.JSX.Element;
}

function Block({ name, layers, shown, strongest, top, row }: BlockProps) {
  const count = layers.filter((layer) => shown.includes(layer.name)).length;
  return (
    <details class="block" open={count > 0}>
      <summary>
        <Name name={name} />
        <span class="faint number">{count ? `${count} of ${layers.length}` : layers.length}</span>
        {strongest && <Profile difference={strongest} top={top} />}
      </summary>
      <ul class="rows">{layers.map(row)}</ul>
    </details>
  );
}

interface RowProps {
  readonly layer: Layer;
  readonly shown: boolean;
  readonly difference: LayerDifference | null;
  readonly top: number;
  readonly onGo: ((name: string) => void) | undefined;
  readonly onToggle: (name: string) => void;
  readonly onOnly: (name: string) => void;
}

function LayerRow({ layer, shown, difference, top, onGo, onToggle, onOnly }: RowProps) {
  return (
    <li class={`row ${shown ? "is-shown" : "is-hidden"}`}>
      {onGo ? (
        <button
          type="button"
          class="layer-go"
          aria-current={shown ? "true" : undefined}
          onClick={() => onGo(layer.name)}
        >
          <Name name={layer.name} />
        </button>
      ) : (
        <>
          <label>
            <input type="checkbox" checked={shown} onChange={() => onToggle(layer.name)} />
            <Name name={layer.name} />
          </label>
          <button
            type="button"
            class="only"
            aria-label={`Show only ${layer.name}`}
            onClick={() => onOnly(layer.name)}
          >
            only
          </button>
        </>
      )}
      <Explained
        class="faint number"
        text={`${layer.type}, ${layer.units} units, ${REDUCTIONS[layer.reduction] ?? layer.reduction} over positions`}
      >
        {layer.units.toLocaleString("en")}
      </Explained>
      {difference && <Profile difference={difference} top={top} />}
    </li>
  );
}

function Profile({
  difference,
  top,
}: {
  readonly difference: LayerDifference;
  readonly top: number;
}) {
  const { profile, mean, top: strongest, telling, units, reason } = difference;
  if (!profile || mean === null || strongest === null) {
    return (
      <Explained class="faint sparkline" text={reason ?? "No divergence for this layer"}>
        –
      </Explained>
    );
  }
  const label = `${telling} of ${units} units differ by more than noise; mean W₁ ${mean.toFixed(2)} σ, top 5 % ${strongest > HIGHEST ? `> ${HIGHEST}` : strongest.toFixed(2)} σ`;
  const bars = profile.map((value) => Math.min(value, HIGHEST));
  return <Sparkline kind="bars" values={bars} top={top} label={label} />;
}
