import { useMemo } from "preact/hooks";
import type { Point } from "../../stage/geometry";
import type { Lit } from "./paths";
import { type Scene, type SceneEdge, sideOf } from "./scene";
import { curve, strokeOf, widthOf } from "./strength";

interface Props {
  readonly scene: Scene;
  readonly at: ReadonlyMap<string, Point>;
  readonly lit: Lit | null;
}

/** What feeds what: width says how much, dashes that it inhibits, grey that nothing is weighed. */
export function Edges({ scene, at, lit }: Props) {
  const drawn = useMemo(
    () =>
      scene.edges
        .map((edge, index) => ({ edge, index, path: pathOf(edge, scene, at) }))
        .sort((one, other) => size(one.edge) - size(other.edge)),
    [scene, at],
  );
  return (
    <svg class="graph-edges" width="1" height="1" aria-hidden="true">
      {drawn.map(({ edge, index, path }) => (
        <path
          key={`${edge.from}\n${edge.to}`}
          class={`edge side-${edge.edge.side} is-${strokeOf(edge.edge.kind, edge.weight)} ${lit?.edges.has(edge) ? "is-lit" : ""}`}
          style={{ "--width": `${widthOf(edge.weight, scene.graph.measure)}px` }}
          data-edge={index}
          data-ends={`${edge.from}\n${edge.to}`}
          d={path}
        />
      ))}
      {drawn.map(({ edge, index, path }) => (
        <path key={`${edge.from}\n${edge.to}`} class="edge-reach" data-edge={index} d={path} />
      ))}
    </svg>
  );
}

export function pathOf(
  { from, to }: SceneEdge,
  { nodes, largest }: Scene,
  at: ReadonlyMap<string, Point>,
): string {
  const [start, end] = [at.get(from), at.get(to)];
  if (!start || !end) return "";
  const side = (key: string) => sideOf(nodes.get(key)?.value ?? Number.NaN, largest);
  return curve(start, end, [side(from), side(to)]);
}

const size = ({ weight }: SceneEdge): number => Math.abs(weight) || 0;
