import type { ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { NOWHERE } from "../../gl/field";
import { INK, rgb, type Theme } from "../../model/color";
import { shortName } from "../../model/names";
import { Explained } from "../../ui/Explained";
import type { Coloured } from "./colouring";
import { QUALITY_HELP, qualityLines, qualityShort } from "./describe";
import { MOST_RINGS } from "./looks";
import { type Extent, FEWER_LAYERS, type Maps, MOST_LAYERS, tellingLayers } from "./maps";

/** Side of a small picture in pixels, where there is room for it. */
const SIDE = 84;

interface Props {
  readonly maps: Maps;
  readonly extent: Extent;
  readonly looks: Coloured;
  readonly chosen: ReadonlySet<number>;
  readonly theme: Theme;
  /** Place of the layer that the stage is nearest to. */
  readonly layer: number;
  readonly onLayer: (layer: number) => void;
  /** Whether another moment's maps are on the stage too; these are A's. */
  readonly isCompared: boolean;
  /** The instance that is pointed at on the large map. */
  readonly hovered: ReadonlySignal<number | null>;
}

/** A small map a layer: where the large one can go. */
export function Multiples(props: Props) {
  const { maps, layer, onLayer, isCompared } = props;
  const [all, setAll] = useState(false);
  const telling = tellingLayers(maps.places, all);
  const shown = telling.includes(layer) ? telling : insert(telling, layer);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    const current = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (!list.current || !current) return;
    const { offsetLeft, offsetWidth } = current;
    const { scrollLeft, clientWidth } = list.current;
    if (offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth)
      list.current.scrollLeft = offsetLeft - clientWidth / 2;
  }, [layer, maps]);
  return (
    <section class="multiples" aria-label="Small maps of the layers">
      {isCompared && (
        <strong>
          <Explained text="The small maps are those of A">A</Explained>
        </strong>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <ul ref={list} tabIndex={0}>
        {shown.map((slice) => (
          <li key={maps.layers[slice]}>
            <button
              type="button"
              class="multiple"
              aria-current={slice === layer ? "true" : undefined}
              title={titleOf(maps, slice)}
              data-layer={maps.layers[slice]}
              onClick={() => onLayer(slice)}
            >
              <span class="multiple-map">
                <SmallMap {...props} slice={slice} />
                <HoveredMark {...props} slice={slice} />
              </span>
              <bdi>{shortName(maps.layers[slice] ?? "", 16)}</bdi>
              <Quality maps={maps} slice={slice} />
            </button>
          </li>
        ))}
      </ul>
      {maps.places.slices > MOST_LAYERS && (
        <button type="button" aria-pressed={all} onClick={() => setAll(!all)}>
          {all
            ? `Show the ${FEWER_LAYERS} most different`
            : `Show all ${maps.places.slices} layers`}
        </button>
      )}
    </section>
  );
}

function Quality({ maps, slice }: { readonly maps: Maps; readonly slice: number }) {
  const quality = maps.quality[slice];
  return <span class="faint">{quality ? qualityShort(quality) : "no map"}</span>;
}

function titleOf({ layers, quality }: Maps, slice: number): string {
  const found = quality[slice];
  const lines = found ? qualityLines(found).join(", ") : "no map at this step";
  return `${layers[slice]}: ${lines}.\n${QUALITY_HELP}`;
}

const insert = (places: readonly number[], place: number): readonly number[] =>
  [...places, place].sort((one, other) => one - other);

function SmallMap({
  maps,
  extent,
  looks,
  chosen,
  theme,
  slice,
}: Props & { readonly slice: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, maps, slice, extent, looks, chosen, theme);
  }, [maps, slice, extent, looks, chosen, theme]);
  return <canvas ref={canvas} />;
}

/** Where the instance that is pointed at lies on a small map. */
function HoveredMark({ maps, extent, slice, hovered }: Props & { readonly slice: number }) {
  const row = hovered.value;
  const at = row === null ? -1 : 2 * (slice * maps.places.rows + row);
  const [x = NOWHERE, y = NOWHERE] = [maps.places.xy[at], maps.places.xy[at + 1]];
  if (x >= NOWHERE) return null;
  return (
    <i
      class="multiple-mark"
      style={{
        left: `${50 + (47 * (x - extent.x)) / extent.reach}%`,
        top: `${50 - (47 * (y - extent.y)) / extent.reach}%`,
      }}
    />
  );
}

/** Dots as small squares of pixels: thousands of them in a moment. */
function paint(
  canvas: HTMLCanvasElement,
  { places, shown }: Maps,
  slice: number,
  extent: Extent,
  { groups, of }: Coloured,
  chosen: ReadonlySet<number>,
  theme: Theme,
): void {
  const dense = window.devicePixelRatio || 1;
  const side = Math.round(SIDE * dense);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = groups.map(({ colour }) => packed(colour));
  const ink = packed(INK[theme].text);
  const dot = Math.round((shown.length > 1000 ? 1 : 2) * dense);
  const put = (row: number, colour: number, size: number) => {
    const at = 2 * (slice * places.rows + row);
    const [x = NOWHERE, y = NOWHERE] = [places.xy[at], places.xy[at + 1]];
    if (x >= NOWHERE) return;
    const left = Math.round((0.5 + (0.47 * (x - extent.x)) / extent.reach) * side - size / 2);
    const top = Math.round((0.5 - (0.47 * (y - extent.y)) / extent.reach) * side - size / 2);
    for (let line = Math.max(0, top); line < Math.min(side, top + size); line++) {
      const end = Math.min(side, left + size);
      for (let column = Math.max(0, left); column < end; column++)
        pixels[line * side + column] = colour;
    }
  };
  const many = chosen.size > MOST_RINGS;
  const faint = packed(INK[theme].line);
  for (const row of shown) put(row, many ? faint : (colours[of[row] ?? 0] ?? faint), dot);
  if (!many) for (const row of chosen) put(row, ink, dot + 2 * Math.ceil(dense));
  for (const row of chosen) put(row, colours[of[row] ?? 0] ?? ink, dot);
  context.putImageData(image, 0, 0);
}

/** A colour as the pixels of an image hold it. */
function packed(colour: string): number {
  const [red, green, blue] = rgb(colour);
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}
