import type { Strip } from "../../api/types";
import type { FramePlace } from "./frames";
import type { Columns } from "./StripRow";

interface Props {
  readonly strip: Strip;
  readonly frame: number;
  readonly columns: Columns;
  readonly onChoose: (place: FramePlace) => void;
}

/** Half of a slider's thumb, in pixels. */
const THUMB = 8;

/** A slider whose stops lie under the pictures. */
export function Scrubber({ strip, frame, columns: { cell, gutter }, onChoose }: Props) {
  const last = strip.frames.length - 1;
  return (
    <input
      class="scrubber"
      type="range"
      aria-label="frame"
      aria-valuetext={`frame ${frame + 1} of ${last + 1}, step ${strip.frames[frame]?.step}`}
      min={0}
      max={last}
      value={frame}
      style={{
        marginLeft: `${gutter + cell / 2 - THUMB}px`,
        width: `${last * cell + 2 * THUMB}px`,
      }}
      onInput={({ currentTarget }) =>
        onChoose({ id: strip.id, frame: currentTarget.valueAsNumber })
      }
    />
  );
}
