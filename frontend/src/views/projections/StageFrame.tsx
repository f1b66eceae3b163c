import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useState } from "preact/hooks";
import * as state from "../../state/store";
import { beside, Floating, windowSize } from "../../ui/Floating";
import { useSize } from "../../ui/size";
import { MapTools, type Tool } from "./MapTools";
import type { StageScene, Target } from "./staging";
import { useMapGestures } from "./useMapGestures";
import { usePainter } from "./usePainter";
import type { Watched } from "./watched";

interface Props {
  readonly watched: Watched;
  readonly scene: StageScene;
  readonly label: string;
  /** Titles of the panes, where there are several moments. */
  readonly titles: readonly string[];
  readonly describe: (target: Target) => ComponentChildren;
  readonly onPin: (target: Target | null) => void;
  readonly onHover: (instance: number | null) => void;
  /** What lies over the stage. */
  readonly children?: ComponentChildren;
}

/** The large map: dots that glide, pointed at, chosen, dragged and zoomed. */
export function StageFrame(props: Props) {
  const { watched, scene, label, titles, describe, onPin, onHover, children } = props;
  const { box, width, height } = useSize();
  const keys = useId();
  const { host, over, stage, drawing, retry } = usePainter(watched);
  const [tool, setTool] = useState<Tool>("move");
  const [hovered, setHovered] = useState<Target | null>(null);
  const hover = (target: Target | null) => {
    if (stage) stage.hovered = target;
    watched.playhead.request();
    onHover(target?.instance ?? null);
    setHovered((was) =>
      was?.instance === target?.instance && was?.place === target?.place ? was : target,
    );
  };
  useLayoutEffect(() => stage?.resize({ width, height }), [stage, width, height]);
  useLayoutEffect(() => stage?.show(scene), [stage, scene]);
  const hands = useMapGestures(box, { stage, tool, watched, hovered, hover, onPin });
  const there = hovered && stage?.screen(hovered);
  return (
    <div
      class={`projection-stage ${children && titles.length > 1 && !scene.minus ? "makes-room" : ""}`}
      data-drawn-by={drawing.by}
    >
      <div
        ref={box}
        role="application"
        aria-roledescription="map"
        aria-label={label}
        aria-describedby={keys}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one moves in it and chooses from it by keys
        tabIndex={0}
        class={`projection-canvases is-${tool}`}
        {...hands.handlers}
      >
        <div ref={host} class="projection-host" />
        <canvas ref={over} class="projection-over" />
      </div>
      <p class="visually-hidden" id={keys}>
        Left and right: previous and next layer; up and down: step; Space plays; Shift with an arrow
        moves from point to point; Enter selects it; Escape clears the selection.
      </p>
      {titles.length > 1 && (
        <ul class={`pane-titles ${scene.minus ? "is-minus" : ""}`}>
          {titles.map((title) => (
            <li key={title}>
              <bdi>{title}</bdi>
            </li>
          ))}
        </ul>
      )}
      {drawing.by === "plain" && drawing.isTold && (
        <p class="note projection-plain">
          Drawn without the graphics card: {drawing.reason}.{" "}
          <button type="button" class="plain" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      <MapTools
        tool={tool}
        onTool={setTool}
        onZoom={(factor) => stage && hands.zoom(factor)}
        onFit={() => hands.fit()}
      />
      {children}
      {there && hovered && state.visible.value && (
        <Floating
          place={(card) => {
            const around = box.current?.getBoundingClientRect();
            if (!around) return null;
            const [x, y] = [around.left + there.x, around.top + there.y - card.height / 2];
            return beside(card, { x, y }, 16, windowSize());
          }}
        >
          {describe(hovered)}
        </Floating>
      )}
    </div>
  );
}
