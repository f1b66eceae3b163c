import { glyphPath } from "../../model/glyphs";
import { GLYPHS } from "../../model/shown";
import { Name } from "../../ui/Name";
import type { Coloured } from "./colouring";

interface Props {
  readonly looks: Coloured;
  readonly shown: readonly number[];
  /** Whether A and B are in one picture. */
  readonly minus: boolean;
  readonly hasPairs: boolean;
  readonly trails: string | null;
}

/** Groups that are listed. */
const LISTED = 24;

/** What colours, shapes and lines say. */
export function ProjectionLegend(props: Props) {
  const { looks, shown, minus, hasPairs, trails } = props;
  const counts = new Map<number, number>();
  for (const instance of shown) {
    const group = looks.of[instance] ?? 0;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const present = looks.groups.flatMap((group, at) => {
    const count = counts.get(at);
    return count ? [{ group, count }] : [];
  });
  return (
    <footer class="legend projection-legend">
      {present.slice(0, LISTED).map(({ group, count }) => (
        <span key={group.name} class="projection-key">
          <svg width={14} height={12} aria-hidden="true">
            <path
              d={glyphPath(GLYPHS[group.glyph] ?? "circle", 7, 6, 3.6 * group.size)}
              fill={group.colour}
            />
          </svg>
          <Name name={group.name} /> {count.toLocaleString("en")}
        </span>
      ))}
      {present.length > LISTED && <span>and {present.length - LISTED} more</span>}
      {hasPairs && <span>line: from a benign instance (faint end) to its attacked copy</span>}
      {trails && <span>{trails}</span>}
      {minus && <span>filled: A, hollow: B; lines run from A (faint end) to B</span>}
      <span>near points: similar activations; the axes have no meaning</span>
    </footer>
  );
}
