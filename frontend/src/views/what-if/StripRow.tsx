import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { short } from "../../model/format";
import { Name } from "../../ui/Name";
import { FramePicture, picturesOf } from "./FramePicture";
import { type FramePlace, flipFrame, readoutOf } from "./frames";
import { flipText, probabilityText, radiusText, targetName, targetOf } from "./groups";
import type { StripPicture } from "./options";
import { readoutText } from "./readout";

/** The columns that pictures and curves share. */
export interface Columns {
  /** Pixels of a picture. */
  readonly cell: number;
  /** Pixels left of the first one. */
  readonly gutter: number;
}

interface Props {
  readonly model: Model;
  readonly strip: Strip;
  readonly isChosen: boolean;
  readonly frame: number;
  readonly picture: StripPicture | "control";
  readonly columns: Columns;
  /** What it goes towards, where that is not the strip's target. */
  readonly towards?: string;
  readonly onHover: (place: FramePlace) => void;
  readonly onChoose: (place: FramePlace) => void;
}

/** A strip as a row of pictures; the arrow keys go from frame to frame. */
export function StripRow(props: Props) {
  const { model, strip, isChosen, picture, columns, towards, onChoose } = props;
  const isControl = picture === "control";
  const last = strip.frames.length - 1;
  const move = (event: KeyboardEvent) => {
    const from = Number((event.target as HTMLElement).dataset.frame);
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      Home: 0,
      End: last,
    };
    const next = Object.hasOwn(targets, event.key) ? (targets[event.key] ?? from) : null;
    if (next === null || !Number.isFinite(next)) return;
    event.preventDefault();
    const frame = Math.max(0, Math.min(last, next));
    onChoose({ id: strip.id, frame });
    (event.currentTarget as HTMLElement)
      .querySelector<HTMLElement>(`[data-frame="${frame}"]`)
      ?.focus();
  };
  const name = towards ?? `towards ${targetName(model, strip)}`;
  return (
    <div
      class={`strip-row ${isChosen ? "is-chosen" : ""}`}
      data-strip={strip.id}
      data-control={isControl || undefined}
    >
      <h3>
        <Name name={name} />
        {isControl ? (
          <span class="faint">as images</span>
        ) : (
          <>
            <span>{flipText(model, strip)}</span>
            <span class="faint">{radiusText(strip)}</span>
          </>
        )}
      </h3>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row of pictures */}
      <div
        class="frames"
        role="group"
        aria-label={name}
        style={{ "--cell": `${columns.cell}px`, "--gutter": `${columns.gutter}px` }}
        onKeyDown={move}
      >
        <span class="frame-labels" aria-hidden="true">
          <span>{targetOf(strip).kind === "class" ? "p" : "a"}</span>
          <span>{strip.norm === "l2" ? "‖δ‖₂" : "‖δ‖∞"}</span>
          {isScaled(picture) && <span>factor</span>}
        </span>
        {strip.frames.map((_, frame) => (
          <Cell key={frame} {...props} at={frame} />
        ))}
      </div>
    </div>
  );
}

/** A frame: its picture, its probability, and how large the change is. */
function Cell(props: Props & { readonly at: number }) {
  const { model, strip, isChosen, frame, picture, at, onHover, onChoose } = props;
  const isControl = picture === "control";
  const found = readoutOf(strip, at);
  const isClass = targetOf(strip).kind === "class";
  const probability = (isControl ? found.controlProbability : found.probability)[0] ?? Number.NaN;
  const effect = isControl ? found.controlEffect : found.effect;
  const isFlip = !isControl && at > 0 && at === flipFrame(strip);
  return (
    <button
      type="button"
      class={`frame ${isFlip ? "is-flip" : ""}`}
      data-frame={at}
      data-step={found.step}
      aria-pressed={isChosen && at === frame}
      tabIndex={at === frame ? 0 : -1}
      title={readoutText(model, strip, at)}
      onPointerEnter={() => onHover({ id: strip.id, frame: at })}
      onClick={() => onChoose({ id: strip.id, frame: at })}
    >
      {isFlip && <span class="flip">flip</span>}
      <FramePicture
        model={model}
        strip={strip}
        {...picturesOf(strip, picture, at)}
        label={`${isControl ? "random change" : picture}, step ${found.step}`}
      />
      <span>{isClass ? probabilityText(probability) : short(effect, 2)}</span>
      <span class="faint">{short(strip.norm === "l2" ? found.l2 : found.linf, 2)}</span>
      {isScaled(picture) && <span class="faint">{at > 0 ? `×${short(found.factor)}` : "–"}</span>}
    </button>
  );
}

/** Whether the change is shown multiplied by a factor. */
const isScaled = (picture: Props["picture"]): boolean =>
  picture === "difference" || picture === "overlay";
