import { useMemo } from "preact/hooks";
import type { Point } from "../../stage/geometry";
import type { Lit } from "./paths";
import { type GraphScene, type SceneEdge, sideOf } from "./scene";
import { curve, strokeOf, widthOf } from "./strength";

interface Props {
  readonly scene: GraphScene;
  readonly at: ReadonlyMap<string, Point>;
  readonly across: boolean;
  readonly lit: Lit | null;
}

/**
 * What feeds what: width says how much, dashes that it inhibits, grey that nothing is weighed. What is lit
 * flows the way that activation does.
 */
export function Edges({ scene, at, across, lit }: Props) {
  const drawn = useMemo(
    () =>
      scene.edges
        .map((edge, index) => ({ edge, index, path: pathOf(edge, scene, at, across) }))
        .sort((one, other) => size(one.edge) - size(other.edge)),
    [scene, at, across],
  );
  const width = ({ weight }: SceneEdge) => `${widthOf(weight, scene.graph.measure)}px`;
  const wayOf = (edge: SceneEdge) => {
    const way = lit?.edges.get(edge);
    return way ? `is-lit is-${way}` : "";
  };
  return (
    <svg class="graph-edges" width="1" height="1" aria-hidden="true">
      {drawn.map(({ edge, index, path }) => (
        <path
          key={`${edge.from}\n${edge.to}`}
          class={`edge side-${edge.edge.side} is-${strokeOf(edge.edge.kind, edge.weight)} ${wayOf(edge)}`}
          style={{ "--width": width(edge) }}
          data-edge={index}
          data-ends={`${edge.from}\n${edge.to}`}
          d={path}
        />
      ))}
      {drawn.map(
        ({ edge, path }) =>
          lit?.edges.has(edge) && (
            <path
              key={`${edge.from}\n${edge.to}`}
              class="edge-flow"
              style={{ "--width": width(edge) }}
              d={path}
            />
          ),
      )}
      {drawn.map(({ edge, index, path }) => (
        <path key={`${edge.from}\n${edge.to}`} class="edge-reach" data-edge={index} d={path} />
      ))}
    </svg>
  );
}

export function pathOf(
  { from, to }: SceneEdge,
  { nodes, largest }: GraphScene,
  at: ReadonlyMap<string, Point>,
  across: boolean,
): string {
  const [start, end] = [at.get(from), at.get(to)];
  if (!start || !end) return "";
  const side = (key: string) => sideOf(nodes.get(key)?.value ?? Number.NaN, largest);
  return curve(start, end, [side(from), side(to)], across);
}

const size = ({ weight }: SceneEdge): number => Math.abs(weight) || 0;
