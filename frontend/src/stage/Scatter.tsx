import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ink } from "../model/color";
import { useSize } from "../ui/size";
import { type Camera, panned } from "./camera";
import type { Point } from "./geometry";
import { WHOLE, zoomedMap } from "./mapFrame";
import { DIRECTIONS, dotAt, nearestTowards } from "./pick";
import { StageTools } from "./StageTools";
import { type ScatterCanvas, ScatterPainter } from "./scatterPainter";
import { useGestures, ZOOM, zoomKey } from "./useGestures";

interface Props {
  /** By row of the map. */
  readonly names: readonly string[];
  /** A new list glides into place, and is seen whole. */
  readonly points: readonly (Point | null)[];
  readonly label: string;
  /** What its keys do. */
  readonly keys: string;
  readonly ink: Ink;
  readonly chosen: ReadonlyMap<number, string>;
  readonly hovered: number | null;
  readonly listed: ReadonlySet<number>;
  readonly onHover: (row: number | null) => void;
  readonly onChoose: (row: number, asSecond: boolean) => void;
}

/** Named dots: pan by dragging, zoom by wheel, fingers, buttons or keys, choose by click or keys. */
export function Scatter(props: Props) {
  const { names, points, label, keys, ink, chosen, hovered, listed, onHover, onChoose } = props;
  const { box, width, height } = useSize();
  const canvas = useRef<ScatterCanvas>(null);
  const keysId = useId();
  const stage = useRef<ScatterPainter | null>(null);
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
    const made = new ScatterPainter(canvas.current);
    stage.current = made;
    return () => made.destroy();
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
    move((was) => zoomedMap(was, factor, at, size), glide);
  const middle = { x: width / 2, y: height / 2 };
  const whole = () => move(() => WHOLE, true);

  const frame = useRef<HTMLDivElement>(null);
  const under = (at: Point) => {
    const picture = stage.current?.picture();
    return picture ? dotAt(at, picture.dots, picture.labels) : null;
  };
  const gestures = useGestures(frame, {
    zoom: (factor, at) => zoom(factor, at, false),
    pan: (by) => move((was) => panned(was, by), false),
    hover: (at) => onHover(at && under(at)),
    tap: (at, event) => {
      const row = under(at);
      if (row !== null) onChoose(row, event.shiftKey || event.ctrlKey || event.metaKey);
    },
  });
  const press = (event: KeyboardEvent) => {
    const dots = stage.current?.picture().dots ?? new Map<number, Point>();
    const from = hovered === null ? null : (dots.get(hovered) ?? null);
    const [way, how] = [DIRECTIONS[event.key], zoomKey(event.key)];
    if (way) {
      const start = [...chosen.keys(), ...dots.keys()].find((row) => dots.has(row)) ?? null;
      const row = from ? (nearestTowards(dots, from, way) ?? hovered) : start;
      onHover(row);
      setSpoken(row === null ? "" : (names[row] ?? ""));
    } else if (how === "fit") whole();
    else if (how) zoom(how === "in" ? ZOOM : 1 / ZOOM, from ?? middle, true);
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
          aria-describedby={keysId}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: one moves in it and chooses from it by keys
          tabIndex={0}
          onKeyDown={press}
          onBlur={() => onHover(null)}
          ref={frame}
          {...gestures}
        >
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        </div>
      </div>
      <p class="visually-hidden" id={keysId}>
        {keys}
      </p>
      <span class="visually-hidden" aria-live="polite">
        {spoken}
      </span>
      <StageTools
        class="map-tools"
        onIn={() => zoom(ZOOM, middle, true)}
        onOut={() => zoom(1 / ZOOM, middle, true)}
        onFit={whole}
        whole="the whole map"
      />
    </>
  );
}

/** Move the camera, at once or gliding. */
type Move = (change: (was: Camera) => Camera, glide: boolean) => void;
