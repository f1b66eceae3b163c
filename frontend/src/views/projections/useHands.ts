/** Pointing, dragging, choosing, zooming and keys on the stage. */

import { useEffect, useRef } from "preact/hooks";
import type { Point } from "../../stage/geometry";
import { panned, WHOLE, zoomed } from "../../stage/mapCamera";
import * as state from "../../state/store";
import { boxed } from "./polygons";
import { type Tool, ZOOM } from "./StageTools";
import type { ProjectionStage } from "./stage";
import type { Target } from "./staging";
import type { Watched } from "./watched";

interface Hands {
  readonly stage: ProjectionStage | null;
  readonly tool: Tool;
  readonly watched: Watched;
  readonly hovered: Target | null;
  readonly hover: (target: Target | null) => void;
  readonly onPin: (target: Target | null) => void;
}

/** Pixels that the pointer may move within a click. */
const STEADY = 4;

interface Grip {
  readonly start: Point;
  readonly last: Point;
  readonly moved: number;
  /** Chooses what is drawn around. */
  readonly chooses: boolean;
}

export function useHands(given: Hands) {
  const latest = useRef(given);
  latest.current = given;
  const grip = useRef<Grip | null>(null);
  const { stage } = given;
  const zoom = (factor: number, at?: Point) => {
    if (!stage) return;
    const { width, height } = stage.size;
    stage.look(
      zoomed(
        stage.camera,
        factor,
        inPane(stage, at ?? { x: width / 2, y: height / 2 }),
        pane(stage),
      ),
    );
  };
  const fit = () => stage?.look(WHOLE);
  useEffect(() => {
    const element = stage?.canvas.parentElement;
    if (!element) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), at(event));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [stage]);
  return {
    zoom,
    fit,
    onKeyDown: (event: KeyboardEvent) => press(event, latest.current, zoom, fit),
    onBlur: () => given.hover(null),
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const start = at(event);
      const chooses = given.tool !== "move" || event.shiftKey;
      grip.current = { start, last: start, moved: 0, chooses };
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      if (stage) stage.outline = [start.x, start.y];
    },
    onPointerMove: (event: PointerEvent) => {
      const to = at(event);
      const held = grip.current;
      if (!stage) return;
      if (!held) {
        given.hover(stage.at(to));
        return;
      }
      const by = { x: to.x - held.last.x, y: to.y - held.last.y };
      grip.current = { ...held, last: to, moved: held.moved + Math.hypot(by.x, by.y) };
      if (grip.current.moved <= STEADY) return;
      given.hover(null);
      if (!held.chooses) stage.look(panned(stage.camera, by, pane(stage)));
      else {
        const { x, y } = held.start;
        stage.outline =
          given.tool === "box" ? boxed(x, y, to.x, to.y) : [...stage.outline, to.x, to.y];
        given.watched.playhead.request();
      }
    },
    onPointerUp: (event: PointerEvent) => {
      const held = grip.current;
      grip.current = null;
      if (!stage || !held) return;
      const { outline } = stage;
      stage.outline = [];
      if (held.moved <= STEADY) {
        const target = stage.at(at(event));
        if (target) choose([target.instance], event.shiftKey, true);
        given.onPin(target);
      } else if (held.chooses) choose(stage.inside(outline), event.shiftKey, false);
      given.watched.playhead.request();
    },
    onPointerCancel: () => {
      grip.current = null;
      if (stage) stage.outline = [];
    },
    onPointerLeave: () => given.hover(null),
  };
}

/** Choose instances: alone, or besides those chosen; one that is clicked again with shift is dropped. */
function choose(instances: readonly number[], adds: boolean, toggles: boolean): void {
  const before = state.instances.peek() ?? [];
  if (!adds) state.choose({ instances });
  else if (toggles) for (const instance of instances) state.toggleInstance(instance);
  else state.choose({ instances: [...new Set([...before, ...instances])] });
  const count = state.instances.peek()?.length ?? 0;
  state.status.value = `${count} ${count === 1 ? "instance" : "instances"} chosen`;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function press(
  event: KeyboardEvent,
  { stage, watched, hovered, hover, onPin }: Hands,
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
  } else if (event.key === "+" || event.key === "=") zoom(ZOOM);
  else if (event.key === "-") zoom(1 / ZOOM);
  else if (event.key === "0") fit();
  else if (event.key === "Escape") {
    onPin(null);
    hover(null);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

const at = (event: MouseEvent): Point => {
  const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
};

/** The size of a pane, and a place of the stage within its pane. */
const pane = (stage: ProjectionStage) => ({
  width: stage.size.width / stage.paneCount,
  height: stage.size.height,
});

const inPane = (stage: ProjectionStage, { x, y }: Point): Point => ({
  x: x % pane(stage).width,
  y,
});
