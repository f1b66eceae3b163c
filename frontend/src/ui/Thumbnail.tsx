import { glyphPath } from "../model/glyphs";
import type { InstanceMark } from "../model/shown";

interface Props {
  /** Address of the picture; null where there is none. */
  readonly source: string | null;
  /** Whether its pixels are exact, and must not be smoothed. */
  readonly lossless: boolean;
  readonly label: string;
  /** Shown instead of a picture. */
  readonly text: string;
  readonly mark: InstanceMark | null;
  readonly onToggle: () => void;
}

/** An instance as a toggle: its picture, framed in its colour with its glyph and number while it is shown. */
export function Thumbnail({ source, lossless, label, text, mark, onToggle }: Props) {
  return (
    <button
      type="button"
      class={`thumbnail ${mark ? "is-shown" : "is-hidden"}`}
      aria-pressed={mark !== null}
      aria-label={mark ? `${mark.number}: ${label}` : label}
      title={label}
      style={mark ? { borderColor: mark.colour } : undefined}
      onClick={onToggle}
    >
      {source ? (
        <img src={source} alt="" loading="lazy" class={lossless ? "is-exact" : ""} />
      ) : (
        <span class="thumbnail-text">{text.slice(0, 24) || "…"}</span>
      )}
      {mark && (
        <svg class="thumbnail-mark" viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">
          <path d={glyphPath(mark.glyph, 6, 6, 3.5)} fill={mark.colour} />
          <text x="12" y="9.5" fill="currentColor">
            {mark.number}
          </text>
        </svg>
      )}
    </button>
  );
}
