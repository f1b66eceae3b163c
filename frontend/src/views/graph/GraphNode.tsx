import { shortName } from "../../model/names";
import type { Point } from "../../stage/geometry";
import { Picture } from "../../ui/Picture";
import { nodeWords } from "./describe";
import { type GraphScene, isMatched, type SceneNode, sideOf, unitLabel } from "./scene";
import { faceOf, type GraphedSubject, nameOf } from "./subjects";

interface Props {
  readonly node: SceneNode;
  readonly scene: GraphScene;
  readonly subjects: readonly GraphedSubject[];
  readonly at: Point;
  readonly isLit: boolean;
  readonly isPinned: boolean;
  /** Whether the tab key leads here. */
  readonly isStop: boolean;
  /** Which of the feature visualisations is shown. */
  readonly facet: number;
  readonly onPin: () => void;
}

const RING = 3;

/** A unit: what it looks for, in a frame whose size, shape and colour say how much and whose it is. */
export function GraphNode({
  node,
  scene,
  subjects,
  at,
  isLit,
  isPinned,
  isStop,
  facet,
  onPin,
}: Props) {
  const { side } = node.node;
  const size = Math.round(sideOf(node.value, scene.largest));
  const crop = faceOf(node, subjects, facet);
  const name = nameOf(node, subjects);
  const label = unitLabel(node, isMatched(scene.graph));
  const [a, b] = subjects;
  const classes = [
    "graph-node",
    `side-${side}`,
    isLit && "is-lit",
    isPinned && "is-pinned",
    Number.isNaN(node.value) && "is-unknown",
    !node.node.decided && "is-undecided",
    b?.shown.place === "B" && "hatches-B",
  ];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      data-key={node.key}
      tabIndex={isStop ? 0 : -1}
      aria-pressed={isPinned}
      style={{
        left: `${at.x}px`,
        top: `${at.y}px`,
        width: `${size}px`,
        height: `${size}px`,
        "--a": a?.colour ?? "currentColor",
        "--b": b?.colour ?? "currentColor",
      }}
      onClick={onPin}
    >
      <span class="visually-hidden">{nodeWords(node, scene.graph, subjects)}</span>
      <span class="graph-caption" aria-hidden="true">
        <b>{label}</b>
        {name !== null && <bdi>{shortName(name, 24)}</bdi>}
      </span>
      <span class="graph-picture" aria-hidden="true">
        {crop ? (
          <Picture crop={crop} size={size - 2 * RING} label="" />
        ) : (
          <span class="graph-glyph">{node.node.unit}</span>
        )}
      </span>
    </button>
  );
}
