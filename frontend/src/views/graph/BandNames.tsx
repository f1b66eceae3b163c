import type { Camera } from "../../stage/camera";
import { BAND_NAMES } from "./frame";
import type { Band } from "./layout";
import { SideKey } from "./SideKey";
import { type Scene, SIDES } from "./scene";
import { type GraphedSubject, sideName } from "./subjects";

interface Props {
  readonly bands: readonly Band[];
  readonly camera: Camera;
  readonly subjects: readonly GraphedSubject[];
  readonly scene: Scene;
}

/** What stands at the left, in the middle and at the right of a comparison, over its columns. */
export function BandNames({ bands, camera, subjects, scene }: Props) {
  return (
    <div class="graph-bands" style={{ height: `${BAND_NAMES}px` }}>
      {SIDES.map((side, band) => {
        const { left = 0, right = 0 } = bands[band] ?? {};
        const [from, width] = [left * camera.zoom + camera.x, (right - left) * camera.zoom];
        const count = [...scene.nodes.values()].filter(({ node }) => node.side === side).length;
        return (
          <div key={side} class="graph-band" style={{ left: `${from}px`, width: `${width}px` }}>
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
