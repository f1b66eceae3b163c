import { Stat } from "../../ui/Stat";
import type { Shade } from "./options";
import { type ArchitectureScene, type LinkKind, MOST_SKIPS } from "./scene";
import {
  isNoise,
  marksOf,
  type Scale,
  SHADE_NAMES,
  SHADE_STATISTICS,
  SHADE_TEXTS,
  type ShadeValue,
  shareOf,
  valueText,
} from "./shade";
import { LINK_TEXTS } from "./words";

interface Props {
  readonly shade: Shade;
  readonly scale: Scale;
  readonly scenes: readonly ArchitectureScene[];
  readonly told: readonly ShadeValue[];
  /** Further sentences about the numbers. */
  readonly notes: readonly string[];
}

const WIDTH = 120;

/** What colours, meters and lines show. */
export function ArchitectureLegend({ shade, scale, scenes, told, notes }: Props) {
  const kinds = new Set(scenes.flatMap(({ edges }) => edges.flatMap((edge) => [...edge.kinds])));
  const hidden = scenes.reduce((sum, { all, edges }) => sum + all.length - edges.length, 0);
  const hasNoise = told.some((one) => isNoise(shade, one));
  return (
    <footer class="legend architecture-legend">
      {shade !== "none" && (
        <span class="architecture-scale">
          <svg width={WIDTH + 40} height="26" aria-hidden="true">
            <defs>
              <linearGradient id="architecture-shade">
                <stop class="is-least" />
                <stop class="is-most" offset="1" />
              </linearGradient>
            </defs>
            <rect x="12" width={WIDTH} height="10" fill="url(#architecture-shade)" />
            {marksOf(scale).map((value) => (
              <text key={value} x={12 + WIDTH * shareOf(scale, value)} y="23" text-anchor="middle">
                {valueText(shade, value)}
              </text>
            ))}
          </svg>
          <span>
            <Stat of={SHADE_STATISTICS[shade]}>{SHADE_NAMES[shade]}</Stat>: {SHADE_TEXTS[shade]}.
            Blocks: over all their units. Lines: over the steps, each on its own scale.
            {hasNoise && " Not coloured: no more than chance."}
            {scale.isBent && " The colour scale is logarithmic."}
          </span>
        </span>
      )}
      {(["weighted", "passed", "unmeasured", "order"] as const)
        .filter((kind) => kinds.has(kind))
        .map((kind) => (
          <LineKey key={kind} kind={kind} />
        ))}
      {hidden > 0 && (
        <span>
          Only the nearest {MOST_SKIPS} skip connections into a node are drawn; point at it to see
          all ({hidden} more)
        </span>
      )}
      {notes.map((note) => (
        <span key={note}>{note}</span>
      ))}
    </footer>
  );
}

function LineKey({ kind }: { readonly kind: LinkKind }) {
  return (
    <span>
      <svg class="graph-line-key" width="24" height="8" aria-hidden="true">
        <path class={`link is-${kind}`} d="M0 4H24" />
      </svg>{" "}
      {LINK_TEXTS[kind]}
    </span>
  );
}
