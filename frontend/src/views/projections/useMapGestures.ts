/** Pointing, dragging, choosing, zooming and keys on the stage. */

import type { RefObject } from "preact";
import { panned } from "../../stage/camera";
import type { Point } from "../../stage/geometry";
import { WHOLE, zoomedMap } from "../../stage/mapFrame";
import { useGestures, ZOOM, zoomKey } from "../../stage/useGestures";
import * as state from "../../state/store";
import type { Tool } from "./MapTools";
import { boxed, type Outline } from "./polygons";
import type { ProjectionStage } from "./stage";
import type { Target } from "./staging";
import type { Watched } from "./watched";

interface MapGestures {
  readonly stage: ProjectionStage | null;
  readonly tool: Tool;
  readonly watched: Watched;
  readonly hovered: Target | null;
  readonly hover: (target: Target | null) => void;
  readonly onPin: (target: Target | null) => void;
}

export function useMapGestures(element: RefObject<HTMLElement | null>, given: MapGestures) {
  const { stage, watched } = given;
  const zoom = (factor: number, at?: Point) => {
    if (!stage) return;
    const { width, height } = stage.size;
    const about = inPane(stage, at ?? { x: width / 2, y: height / 2 });
    stage.look(zoomedMap(stage.camera, factor, about, pane(stage)));
  };
  const fit = () => stage?.look(WHOLE);
  const draw = (outline: Outline) => {
    if (stage) stage.outline = outline;
    watched.playhead.request();
  };
  const gestures = useGestures(element, {
    zoom,
    pan: (by) => stage?.look(panned(stage.camera, by)),
    hover: (at) => given.hover(at && (stage?.at(at) ?? null)),
    tap: (at, { shiftKey }) => {
      const target = stage?.at(at) ?? null;
      if (target) choose([target.instance], shiftKey, true);
      given.onPin(target);
    },
    takes: ({ shiftKey }) => given.tool !== "move" || shiftKey,
    drag: (drag) => {
      if (!stage || !drag) {
        draw([]);
        return;
      }
      const { from, to, isOver, event } = drag;
      const before = stage.outline.length ? stage.outline : [from.x, from.y];
      const outline =
        given.tool === "box" ? boxed(from.x, from.y, to.x, to.y) : [...before, to.x, to.y];
      if (isOver) choose(stage.inside(outline), event.shiftKey, false);
      draw(isOver ? [] : outline);
    },
  });
  return {
    zoom,
    fit,
    handlers: {
      ...gestures,
      onKeyDown: (event: KeyboardEvent) => press(event, given, zoom, fit),
      onBlur: () => given.hover(null),
    },
  };
}

/** Choose instances: alone, or besides those chosen; one that is clicked again with shift is dropped. */
function choose(instances: readonly number[], adds: boolean, toggles: boolean): void {
  const before = state.instances.peek() ?? [];
  if (!adds) state.choose({ instances });
  else if (toggles) for (const instance of instances) state.toggleInstance(instance);
  else state.choose({ instances: [...new Set([...before, ...instances])] });
  const count = state.instances.peek()?.length ?? 0;
  state.status.value = `${count} ${count === 1 ? "instance" : "instances"} selected`;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function press(
  event: KeyboardEvent,
  { stage, watched, hovered, hover, onPin }: MapGestures,
  zoom: (factor: number) => void,
  fit: () => void,
): void {
  const { playhead } = watched;
  const arrow = ARROWS[event.key];
  if (!stage || event.ctrlKey || event.metaKey || event.altKey) return;
  if (arrow && event.shiftKey) hover(stage.towards(hovered, arrow[0], arrow[1]));
  else if (arrow?.[0]) playhead.goToLayer(Math.round(playhead.layerGoal) + arrow[0]);
  else if (arrow) watched.goToStep(Math.round(playhead.stepGoal) + arrow[1]);
  else if (event.key === " ") {
    if (playhead.playing) playhead.pause();
    else playhead.play("layers");
  } else if (event.key === "Enter" && hovered) {
    choose([hovered.instance], event.shiftKey, true);
    onPin(hovered);
  } else if (zoomKey(event.key) === "fit") fit();
  else if (zoomKey(event.key)) zoom(zoomKey(event.key) === "in" ? ZOOM : 1 / ZOOM);
  else if (event.key === "Escape") {
    onPin(null);
    hover(null);
    state.choose({ instances: [] });
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The size of a pane, and a place of the stage within its pane. */
const pane = (stage: ProjectionStage) => ({
  width: stage.size.width / stage.paneCount,
  height: stage.size.height,
});

const inPane = (stage: ProjectionStage, { x, y }: Point): Point => ({
  x: x % pane(stage).width,
  y,
});
