import type { ComponentChildren } from "preact";
import { glyphPath } from "../../model/glyphs";
import { GLYPHS, type ShownSubset } from "../../model/shown";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import type { Coloured } from "./colouring";
import { type Colouring, projectionOptions } from "./options";

interface Props {
  readonly looks: Coloured;
  readonly shown: readonly number[];
  readonly subsets: readonly ShownSubset[];
  readonly colouring: Colouring;
  /** Whether only the selected subsets are drawn. */
  readonly isFiltered: boolean;
  /** Whether A and B are in one picture. */
  readonly minus: boolean;
  readonly hasPairs: boolean;
  readonly trails: string | null;
}

interface KeyProps {
  /** Key of the class that the group is. */
  readonly subset: string | undefined;
  readonly isOn: boolean;
  readonly isFiltered: boolean;
  readonly children: ComponentChildren;
}

/** A group in the legend; of a class a chip that filters the maps by it. */
function Key({ subset, isOn, isFiltered, children }: KeyProps) {
  if (subset === undefined) return <span class="projection-key">{children}</span>;
  const press = () => {
    if (!isFiltered) {
      state.choose({ subsets: [] });
      state.toggleSubset(subset);
    } else state.toggleSubset(subset);
    projectionOptions.choose({ subsetsOnly: (state.subsets.peek() ?? []).length > 0 });
  };
  return (
    <button
      type="button"
      class="projection-key chip"
      aria-pressed={isOn}
      title={isOn ? "Remove from the filter" : isFiltered ? "Add to the filter" : "Show only these"}
      onClick={press}
    >
      {children}
    </button>
  );
}

/** Groups that are listed. */
const LISTED = 24;

/** What colours, shapes and lines say. */
export function ProjectionLegend(props: Props) {
  const { looks, shown, subsets, colouring, isFiltered, minus, hasPairs, trails } = props;
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
        <Key
          key={group.name}
          subset={colouring === "class" ? group.subset : undefined}
          isOn={isFiltered && subsets.some(({ key }) => key === group.subset)}
          isFiltered={isFiltered}
        >
          <svg width={14} height={12} aria-hidden="true">
            <path
              d={glyphPath(GLYPHS[group.glyph] ?? "circle", 7, 6, 3.6 * group.size)}
              fill={group.colour}
            />
          </svg>
          <Name name={group.name} /> {count.toLocaleString("en")}
        </Key>
      ))}
      {present.length > LISTED && <span>and {present.length - LISTED} more</span>}
      {hasPairs && <span>line: from a benign instance (faint end) to its attacked copy</span>}
      {trails && <span>{trails}</span>}
      {minus && <span>filled: A, hollow: B; lines run from A (faint end) to B</span>}
      <span>near points: similar activations; the axes have no meaning</span>
    </footer>
  );
}
