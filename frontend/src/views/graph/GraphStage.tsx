import { useEffect, useMemo, useRef } from "preact/hooks";
import { StageTool, StageTools } from "../../stage/StageTools";
import { useCamera } from "../../stage/useCamera";
import { useTween } from "../../stage/useTween";
import * as state from "../../state/store";
import { useSize } from "../../ui/size";
import { BandNames } from "./BandNames";
import { Card } from "./Card";
import { Edges } from "./Edges";
import { boxOf, roomOf } from "./frame";
import { GraphLegend } from "./GraphLegend";
import { GraphNode } from "./GraphNode";
import type { GraphLayout } from "./layout";
import type { GraphOptions } from "./options";
import { placeOf } from "./pointing";
import { RowNames } from "./RowNames";
import { type GraphScene, type SceneNode, unitOf } from "./scene";
import type { GraphedSubject } from "./subjects";
import { usePointing } from "./usePointing";

interface Props {
  readonly scene: GraphScene;
  readonly layout: GraphLayout;
  readonly size: GraphOptions["size"];
  readonly subjects: readonly GraphedSubject[];
  /** What the picture answers; with another one it is seen whole again. */
  readonly question: string;
  readonly onArrange: () => void;
  /** A node was pressed, so many pixels from the left of the stage. */
  readonly onPress: (x: number) => void;
}

/** The picture: pointing at a node lights its paths, pressing it opens the unit. */
export function GraphStage(props: Props) {
  const { scene, layout, size, subjects, question, onArrange, onPress } = props;
  const { box, width, height } = useSize();
  const bounds = useMemo(() => boxOf(layout), [layout]);
  const room = useMemo(() => roomOf(scene, layout), [scene, layout]);
  const view = useCamera(bounds, { width, height }, `${question} ${layout.across}`, room);
  const { seen, lit, pinned, tabStop, handlers } = usePointing(scene, layout, view);
  const at = useTween(layout.at, () => state.visible.peek());
  const { zoom, x, y } = view.camera;
  const pressed = useRef<string | null>(null);
  const isSized = width > 0;
  useEffect(() => {
    // what was pressed is where the eye is: nothing moves
    const place = pinned && pinned !== pressed.current && layout.at.get(pinned);
    if (place && isSized) view.reveal(place);
  }, [pinned, isSized]);
  const hatches = subjects[1]?.shown.place === "B" ? "hatches-B" : "";
  return (
    <>
      <div class="graph-stage" ref={box}>
        <div class={`graph-frame ${lit ? "has-lit" : ""}`} {...view.frame} {...handlers}>
          <div
            class={`graph-world ${hatches}`}
            style={{
              transform: `translate(${x}px, ${y}px) scale(${zoom})`,
              "--zoom": zoom,
              "--a": subjects[0]?.colour ?? "currentColor",
              "--b": subjects[1]?.colour ?? "currentColor",
            }}
          >
            <Edges scene={scene} at={at} across={layout.across} lit={lit} />
            {[...scene.nodes.values()].map((node) => (
              <GraphNode
                key={node.key}
                node={node}
                scene={scene}
                subjects={subjects}
                at={at.get(node.key) ?? { x: 0, y: 0 }}
                isLit={lit?.nodes.has(node.key) ?? false}
                isPinned={node.key === pinned}
                isStop={node.key === tabStop}
                facet={seen?.kind === "node" && seen.key === node.key ? seen.facet : 0}
                onPin={() => {
                  pressed.current = node.key;
                  onPress((layout.at.get(node.key)?.x ?? 0) * zoom + x);
                  pin(node, node.key === pinned);
                }}
              />
            ))}
          </div>
        </div>
        {subjects.length > 1 && (
          <BandNames
            layout={layout}
            stage={{ width, height }}
            camera={view.camera}
            subjects={subjects}
            scene={scene}
          />
        )}
        <RowNames scene={scene} layout={layout} camera={view.camera} />
        <StageTools
          onIn={view.zoomIn}
          onOut={view.zoomOut}
          onFit={view.fit}
          whole="Fit the graph"
          before={
            !view.isWhole && <span class="faint graph-more-there">Drag to pan; ⤢ shows all</span>
          }
        >
          <StageTool sign="≡" label="Re-layout (minimize crossings)" onClick={onArrange} />
        </StageTools>
        {seen && (
          <Card
            pointed={seen}
            scene={scene}
            subjects={subjects}
            at={placeOf(seen, layout)}
            camera={view.camera}
            bounds={bounds}
            frame={view.frame.ref.current}
          />
        )}
      </div>
      <GraphLegend scene={scene} size={size} subjects={subjects} />
    </>
  );
}

/** Open a node's unit, or close it where it is open. */
function pin(node: SceneNode, isPinned: boolean): void {
  const unit = unitOf(node);
  if (unit) state.choose({ unit: isPinned ? null : unit });
  else state.status.value = "Only run B has this unit. Select that run as A to open it.";
}
