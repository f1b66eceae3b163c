import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { targetName } from "./groups";
import { readoutParts } from "./readout";

interface Props {
  readonly model: Model;
  readonly strip: Strip;
  readonly frame: number;
}

/** What is known of the frame under the pointer, or else of the chosen one; it keeps its place. */
export function ReadoutLine({ model, strip, frame }: Props) {
  return (
    <p class="readout" role="status" data-frame={frame}>
      <bdi>towards {targetName(model, strip)}</bdi>
      {readoutParts(model, strip, frame).map((part) => (
        <bdi key={part}>{part}</bdi>
      ))}
    </p>
  );
}
