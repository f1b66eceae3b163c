import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { short } from "../../model/format";
import { Stat } from "../../ui/Stat";
import { FramePicture, picturesOf } from "./FramePicture";
import { readoutOf } from "./frames";

interface Props {
  readonly model: Model;
  readonly strip: Strip;
  readonly frame: number;
}

/** A frame in large: before, after, what was changed, where it counts, and a random change. */
export function FrameDetail({ model, strip, frame }: Props) {
  const { step, factor } = readoutOf(strip, frame);
  const figures = [
    { kind: "image", at: 0, caption: "original" },
    { kind: "image", at: frame, caption: `step ${step}` },
    { kind: "difference", at: frame, caption: `difference ×${short(factor)}` },
    { kind: "overlay", at: frame, caption: "difference over image" },
    { kind: "saliency", at: frame, caption: "saliency |g ⊙ δ|" },
    { kind: "control", at: frame, caption: "random, same norm" },
  ] as const;
  return (
    <section class="frame-detail" aria-label="Selected frame" data-frame={frame}>
      <h2>
        Frame {frame + 1}{" "}
        <span class="faint">
          <Stat of="norm" /> · <Stat of="stripSaliency" />
        </span>
      </h2>
      <div>
        {figures.map(({ kind, at, caption }) => (
          <figure key={caption}>
            <FramePicture
              model={model}
              strip={strip}
              {...picturesOf(strip, kind, at)}
              label={`${kind} at step ${strip.frames[at]?.step}`}
            />
            <figcaption>{caption}</figcaption>
          </figure>
        ))}
      </div>
    </section>
  );
}
