import { useMemo } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { Embedding, Remote } from "../../api/types";
import { hueColour, INK } from "../../model/color";
import { subsetName } from "../../model/names";
import type { Cell, Sheet } from "../../plot/csv";
import { normalised } from "../../stage/mapFrame";
import { Scatter } from "../../stage/Scatter";
import * as state from "../../state/store";
import { Explained } from "../../ui/Explained";
import { Message } from "../../ui/Message";
import { Saves } from "../Saves";
import { LayerChoice } from "./LayerChoice";

interface Props {
  readonly model: Model;
  readonly embedding: Remote<Embedding>;
  /** One of the embedding's, once that is there. */
  readonly layer: string;
  /** Keys of the classes that the list beside the map shows. */
  readonly listed: readonly string[];
  readonly hovered: string | null;
  readonly onLayer: (layer: string) => void;
  readonly onHover: (key: string | null) => void;
  readonly onChoose: (key: string, asSecond: boolean) => void;
}

/** A map has no meaning below this many classes. */
const FEWEST = 3;

/** The classes as dots, near one another where the same units are active for them in a layer. */
export function ClassEmbedding(props: Props) {
  const { model, embedding, layer, onLayer } = props;
  const found = embedding.value;
  if (embedding.state === "failed" && !found) {
    return (
      <Message kind="failed" title="No map of classes">
        {embedding.message}
      </Message>
    );
  }
  if (!found) return <Message kind="loading" title="Computing the map of classes…" />;
  const { rows, layers, leftOut, reason } = found.meta;
  if (layers.length === 0 || rows.length < FEWEST) {
    return (
      <Message title="No map of classes">
        {reason ?? `A map needs at least ${FEWEST} classes with 20 inputs each.`}
      </Message>
    );
  }
  return (
    <div class="class-embedding">
      <LayerChoice layers={layers} layer={layer} onLayer={onLayer} />
      <PlacedClasses {...props} found={found} />
      <p class="faint class-note">
        {methodText(found, layer)}
        {leftOut.length > 0 && (
          <>
            {" "}
            <Explained text={leftOut.map((key) => subsetName(model, key)).join(", ")}>
              {leftOut.length === 1 ? "1 class" : `${leftOut.length} classes`} with fewer than 20
              inputs left out.
            </Explained>
          </>
        )}
      </p>
    </div>
  );
}

const METHODS: Readonly<Record<string, string>> = {
  umap: "UMAP of cosine distances between activation counts.",
  mds: "MDS of cosine distances between activation counts.",
};

const methodText = ({ meta }: Embedding, layer: string): string =>
  METHODS[meta.method[Math.max(0, meta.layers.indexOf(layer))] ?? "mds"] ?? "";

function PlacedClasses({
  model,
  found,
  layer,
  listed,
  hovered,
  onHover,
  onChoose,
}: Props & { readonly found: Embedding }) {
  const { rows, layers } = found.meta;
  const theme = state.theme.value;
  const subsets = state.subsets.value;
  const place = Math.max(0, layers.indexOf(layer));
  const size = 2 * rows.length;
  const points = useMemo(
    () => normalised(found.arrays.xy.data.subarray(place * size, (place + 1) * size)),
    [found, place],
  );
  const names = useMemo(() => rows.map((key) => subsetName(model, key)), [rows, model]);
  const at = useMemo(() => new Map(rows.map((key, row) => [key, row])), [rows]);
  const chosen = useMemo(
    () =>
      new Map(
        (subsets ?? []).flatMap(({ key, hue }): [number, string][] => {
          const row = at.get(key);
          return row === undefined ? [] : [[row, hueColour(hue, theme)]];
        }),
      ),
    [at, subsets, theme],
  );
  const inList = useMemo(() => new Set(listed.flatMap((key) => at.get(key) ?? [])), [at, listed]);
  const shownLayer = layers[place] ?? "";
  return (
    <>
      <Scatter
        names={names}
        points={points}
        keys="Arrow keys move between classes, Enter selects one; the list of classes has the same ones."
        label={`map of ${points.filter(Boolean).length} classes in ${shownLayer}`}
        ink={INK[theme]}
        chosen={chosen}
        hovered={hovered === null ? null : (at.get(hovered) ?? null)}
        listed={inList}
        onHover={(row) => onHover(row === null ? null : (rows[row] ?? null))}
        onChoose={(row, asSecond) => rows[row] !== undefined && onChoose(rows[row], asSecond)}
      />
      <Saves
        of=".class-embedding"
        savable={() => ({
          name: "classes",
          subject: "",
          caption: `${model.run} · ${shownLayer}`,
          tables: () => [table(found, names)],
        })}
      />
    </>
  );
}

/** Places of all classes in all layers. */
function table({ arrays, meta }: Embedding, names: readonly string[]): Sheet {
  const head: Cell[] = ["layer", "method", "subset", "name", "inputs", "x", "y"];
  const lines = meta.layers.flatMap((layer, place) =>
    meta.rows.map((key, row): Cell[] => {
      const index = 2 * (place * meta.rows.length + row);
      const [x = Number.NaN, y = Number.NaN] = arrays.xy.data.subarray(index, index + 2);
      const inputs = arrays.inputs.data[row] ?? Number.NaN;
      return [layer, meta.method[place] ?? "", key, names[row] ?? "", inputs, x, y];
    }),
  );
  return [head, ...lines];
}
