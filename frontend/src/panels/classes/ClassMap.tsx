import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ink } from "../../model/color";
import type { Point, Size } from "../../stage/geometry";
import { type Camera, panned, WHOLE, zoomed } from "../../stage/mapCamera";
import { dotAt, dotTowards } from "../../stage/pick";
import { useSize } from "../../ui/size";
import { type MapCanvas, MapStage } from "./stage";

interface Props {
  /** By row of the map. */
  readonly names: readonly string[];
  /** A new list glides into place, and is seen whole. */
  readonly points: readonly (Point | null)[];
  readonly label: string;
  readonly ink: Ink;
  readonly chosen: ReadonlyMap<number, string>;
  readonly hovered: number | null;
  readonly listed: ReadonlySet<number>;
  readonly onHover: (row: number | null) => void;
  readonly onChoose: (row: number, asSecond: boolean) => void;
  readonly onStage: (stage: MapStage | null) => void;
}

const ZOOM = 1.5;
/** Pixels that the pointer may move within a click. */
const STEADY = 4;

/** The map of the classes: pan by dragging, zoom by wheel, buttons or keys, choose by click or keys. */
export function ClassMap(props: Props) {
  const { names, points, label, ink, chosen, hovered, listed, onHover, onChoose, onStage } = props;
  const { box, width, height } = useSize();
  const canvas = useRef<MapCanvas>(null);
  const keys = useId();
  const stage = useRef<MapStage | null>(null);
  const shown = useRef<readonly (Point | null)[] | null>(null);
  const glides = useRef(false);
  const [view, setView] = useState({ of: points, camera: WHOLE });
  const [spoken, setSpoken] = useState("");
  const camera = view.of === points ? view.camera : WHOLE;
  const size = { width, height };
  const move: Move = (change, glide) => {
    glides.current = glide;
    setView((was) => ({ of: points, camera: change(was.of === points ? was.camera : WHOLE) }));
  };

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const made = new MapStage(canvas.current);
    stage.current = made;
    onStage(made);
    return () => {
      made.destroy();
      onStage(null);
    };
  }, []);

  useLayoutEffect(() => {
    if (width === 0 || height === 0) return;
    const moving = glides.current || (shown.current !== null && shown.current !== points);
    shown.current = points;
    glides.current = false;
    const scene = { names, points, camera, size, ink, chosen, hovered, listed };
    stage.current?.show(scene, moving);
  }, [names, points, camera, width, height, ink, chosen, hovered, listed]);

  const zoom = (factor: number, at: Point, glide: boolean) =>
    move((was) => zoomed(was, factor, at, size), glide);
  const middle = { x: width / 2, y: height / 2 };
  const whole = () => move(() => WHOLE, true);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), at(event), false);
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [points, width, height]);

  const pointer = usePointer(size, move, stage, onHover, onChoose);
  const press = (event: KeyboardEvent) => {
    const dots = stage.current?.picture().dots ?? new Map<number, Point>();
    const from = hovered === null ? null : (dots.get(hovered) ?? null);
    if (event.key.startsWith("Arrow")) {
      const start = [...chosen.keys(), ...dots.keys()].find((row) => dots.has(row)) ?? null;
      const row = from ? (dotTowards(event.key, from, dots) ?? hovered) : start;
      onHover(row);
      setSpoken(row === null ? "" : (names[row] ?? ""));
    } else if (event.key === "+" || event.key === "=") zoom(ZOOM, from ?? middle, true);
    else if (event.key === "-") zoom(1 / ZOOM, from ?? middle, true);
    else if (event.key === "0") whole();
    else if ((event.key === "Enter" || event.key === " ") && hovered !== null)
      onChoose(hovered, event.shiftKey || event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <div class="class-map" ref={box}>
        <div
          role="application"
          aria-roledescription="map"
          aria-label={label}
          aria-describedby={keys}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: one moves in it and chooses from it by keys
          tabIndex={0}
          onKeyDown={press}
          onBlur={() => onHover(null)}
          {...pointer}
        >
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        </div>
      </div>
      <p class="visually-hidden" id={keys}>
        Arrow keys go from class to class, Enter chooses one; the list of classes has the same ones.
      </p>
      <span class="visually-hidden" aria-live="polite">
        {spoken}
      </span>
      <span class="map-tools">
        <button
          type="button"
          class="icon"
          title="zoom in (+)"
          onClick={() => zoom(ZOOM, middle, true)}
        >
          +
        </button>
        <button
          type="button"
          class="icon"
          title="zoom out (-)"
          onClick={() => zoom(1 / ZOOM, middle, true)}
        >
          −
        </button>
        <button type="button" class="icon" title="the whole map (0)" onClick={whole}>
          ⤢
        </button>
      </span>
    </>
  );
}

const at = (event: MouseEvent): Point => {
  const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
};

/** Move the camera, at once or gliding. */
type Move = (change: (was: Camera) => Camera, glide: boolean) => void;

/** Pointing, dragging and choosing with the pointer. */
function usePointer(
  size: Size,
  move: Move,
  stage: { readonly current: MapStage | null },
  onHover: Props["onHover"],
  onChoose: Props["onChoose"],
) {
  const grip = useRef<{ at: Point; moved: number } | null>(null);
  const under = (event: MouseEvent) => {
    const picture = stage.current?.picture();
    return picture ? dotAt(at(event), picture.dots, picture.labels) : null;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      grip.current = { at: at(event), moved: 0 };
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const to = at(event);
      if (!grip.current) {
        onHover(under(event));
        return;
      }
      const by = { x: to.x - grip.current.at.x, y: to.y - grip.current.at.y };
      const moved = grip.current.moved + Math.hypot(by.x, by.y);
      grip.current = { at: to, moved };
      if (moved > STEADY) move((was) => panned(was, by, size), false);
    },
    onPointerUp: (event: PointerEvent) => {
      const row = grip.current && grip.current.moved <= STEADY ? under(event) : null;
      grip.current = null;
      if (row !== null) onChoose(row, event.shiftKey || event.ctrlKey || event.metaKey);
    },
    onPointerCancel: () => {
      grip.current = null;
    },
    onPointerLeave: () => onHover(null),
  };
}
