import type { Camera } from "../../stage/camera";
import { BAND_NAMES } from "./frame";
import type { Layout } from "./layout";
import { SideKey } from "./SideKey";
import { CAPTION, type Scene, SIDES } from "./scene";
import { type GraphedSubject, sideName } from "./subjects";

interface Props {
  readonly layout: Layout;
  readonly camera: Camera;
  readonly subjects: readonly GraphedSubject[];
  readonly scene: Scene;
}

/** What only A has, what both have and what only B has, over or beside its part of the picture. */
export function BandNames({ layout: { bands, across }, camera, subjects, scene }: Props) {
  const [start, size, thick] = across
    ? (["top", "height", "width"] as const)
    : (["left", "width", "height"] as const);
  const shift = across ? camera.y - (CAPTION / 2) * camera.zoom : camera.x;
  return (
    <div
      class={across ? "graph-bands are-across" : "graph-bands"}
      style={{ [thick]: `${BAND_NAMES}px` }}
    >
      {SIDES.map((side, band) => {
        const { from = 0, to = 0 } = bands[band] ?? {};
        const [place, length] = [from * camera.zoom + shift, (to - from) * camera.zoom];
        const count = [...scene.nodes.values()].filter(({ node }) => node.side === side).length;
        return (
          <div
            key={side}
            class="graph-band"
            style={{ [start]: `${place}px`, [size]: `${length}px` }}
          >
            <span class="graph-band-name">
              <SideKey side={side} subjects={subjects} /> <bdi>{sideName(side, subjects)}</bdi>{" "}
              <span class="faint">{count}</span>
            </span>
          </div>
        );
      })}
    </div>
  );
}
