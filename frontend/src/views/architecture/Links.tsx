import type { ArchitectureLayout } from "./layout";
import { pathThrough } from "./lines";
import type { ArchitectureScene } from "./scene";
import { lineOf } from "./words";

interface Props {
  readonly scene: ArchitectureScene;
  readonly layout: ArchitectureLayout;
  /** The node whose links stand out. */
  readonly lit: string | null;
}

/** What feeds what; of the node pointed at all links, of others the nearest. */
export function Links({ scene, layout, lit }: Props) {
  const drawn = new Set(scene.edges.map(({ from, to }) => `${from}\n${to}`));
  const further = scene.all.filter(
    ({ from, to }) => (from === lit || to === lit) && !drawn.has(`${from}\n${to}`),
  );
  return (
    <svg class="graph-edges" width="1" height="1" aria-hidden="true">
      <defs>
        <marker
          id="architecture-arrow"
          markerWidth="7"
          markerHeight="7"
          refX="6"
          refY="3.5"
          orient="auto"
        >
          <path d="M0.5 0.5 6 3.5 0.5 6.5" />
        </marker>
      </defs>
      {scene.edges.map(({ from, to, kinds, skips }, at) => {
        const isLit = from === lit || to === lit ? "is-lit" : "";
        const path = pathThrough(layout.lines[at] ?? []);
        return (
          <g key={`${from}\n${to}`} data-ends={`${from}\n${to}`} data-skips={skips}>
            <path class={`link is-${lineOf(kinds)} ${isLit}`} d={path} />
            {kinds.size > 1 && kinds.has("passed") && (
              <path class={`link is-passed ${isLit}`} d={path} transform="translate(6 0)" />
            )}
          </g>
        );
      })}
      {further.map(({ from, to, kinds }) => (
        <path
          key={`${from}\n${to}`}
          class={`link is-lit is-further is-${lineOf(kinds)}`}
          d={pathThrough([from, to].flatMap((key) => layout.at.get(key) ?? []))}
        />
      ))}
    </svg>
  );
}
