import type { Camera } from "../../stage/camera";
import type { Size } from "../../stage/geometry";
import { BAND_NAMES, ROW_HEADS, ROW_NAMES } from "./frame";
import type { GraphLayout } from "./layout";
import { SideKey } from "./SideKey";
import { type GraphScene, SIDES } from "./scene";
import { type GraphedSubject, sideName } from "./subjects";

interface Props {
  readonly layout: GraphLayout;
  readonly stage: Size;
  readonly camera: Camera;
  readonly subjects: readonly GraphedSubject[];
  readonly scene: GraphScene;
}

/** Pixels that a name has at least. */
const LEAST = 112;
const BEFORE = { left: "◂", top: "▴" } as const;
const AFTER = { left: "▸", top: "▾" } as const;

/** What only A has, what both have and what only B has, over or beside its part of the picture. */
export function BandNames({ layout: { bands, across }, stage, camera, subjects, scene }: Props) {
  const [start, size, thick] = across
    ? (["top", "height", "width"] as const)
    : (["left", "width", "height"] as const);
  const shift = across ? camera.y : camera.x;
  // beside the names of the layers
  const first = across ? ROW_HEADS : ROW_NAMES;
  const last = across ? stage.height : stage.width;
  const placeOf = (band: number) => {
    const { from = 0, to = 0 } = bands[band] ?? {};
    return { low: from * camera.zoom + shift, high: to * camera.zoom + shift };
  };
  // what is out of sight is named at the edge beyond which it is
  const isBefore = (band: number) => placeOf(band).high < first + LEAST;
  const isAfter = (band: number) => placeOf(band).low > last - LEAST;
  const [free, until] = [first + (isBefore(0) ? LEAST : 0), last - (isAfter(2) ? LEAST : 0)];
  return (
    <div
      class={across ? "graph-bands are-across" : "graph-bands"}
      style={{ [thick]: `${BAND_NAMES}px` }}
    >
      {SIDES.map((side, band) => {
        const { low, high } = placeOf(band);
        const beyond = isBefore(band) ? BEFORE[start] : isAfter(band) ? AFTER[start] : "";
        const [from, to] = band === 1 ? [free, until] : [first, last];
        const place = Math.max(from, Math.min(low, to - LEAST));
        const length = Math.max(band === 1 ? 0 : LEAST, Math.min(high, to) - place);
        const count = [...scene.nodes.values()].filter(({ node }) => node.side === side).length;
        return (
          <div
            key={side}
            class="graph-band"
            style={{ [start]: `${place}px`, [size]: `${length}px` }}
          >
            <span class="graph-band-name">
              {beyond} <SideKey side={side} subjects={subjects} />{" "}
              <bdi>{sideName(side, subjects)}</bdi> <span class="faint">{count}</span>
            </span>
          </div>
        );
      })}
    </div>
  );
}
