import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { GlPainter, type Painter } from "../../gl/painter";
import { PlainPainter } from "../../gl/plain";
import type { StageCanvas } from "./reading";
import { ProjectionStage } from "./stage";
import type { Watched } from "./watched";

/** What the stage is drawn with, and why not with WebGL2 where that is so. */
export type Drawing = { readonly by: "gl" } | { readonly by: "plain"; readonly reason: string };

/**
 * A stage on two canvases, drawn with WebGL2 or, where there is none or it is lost, without. The first canvas
 * must be a new one whenever the answer's `drawing` changes.
 */
export function usePainter({ playhead, watch }: Watched) {
  const canvas = useRef<StageCanvas>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const stage = useRef<ProjectionStage | null>(null);
  const [drawing, setDrawing] = useState<Drawing>({ by: "gl" });
  const [made, setMade] = useState<ProjectionStage | null>(null);
  useLayoutEffect(() => {
    if (!canvas.current || !over.current) return;
    let painter: Painter;
    try {
      painter = painterOn(canvas.current, drawing);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (drawing.by === "gl") setDrawing({ by: "plain", reason });
      return;
    }
    const next = new ProjectionStage(canvas.current, over.current, painter, playhead);
    if (stage.current) next.camera = stage.current.camera;
    stage.current = next;
    setMade(next);
    const unwatch = watch(next.paint);
    return () => {
      unwatch();
      next.destroy();
    };
  }, [drawing]);
  useEffect(() => {
    const element = canvas.current;
    const lost = () =>
      setDrawing({ by: "plain", reason: "the browser has withdrawn the graphics context" });
    element?.addEventListener("webglcontextlost", lost);
    return () => element?.removeEventListener("webglcontextlost", lost);
  }, [drawing]);
  return { canvas, over, stage: made, drawing, retry: () => setDrawing({ by: "gl" }) };
}

function painterOn(canvas: HTMLCanvasElement, { by }: Drawing): Painter {
  if (by === "gl") {
    const gl = canvas.getContext("webgl2", { antialias: false });
    if (!gl) throw new Error("this browser has no WebGL2");
    return new GlPainter(canvas, gl);
  }
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw");
  return new PlainPainter(canvas, context);
}
