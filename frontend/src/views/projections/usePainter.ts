import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { GlPainter, type Painter } from "../../gl/painter";
import { CanvasPainter } from "../../gl/plain";
import type { StageCanvas } from "./reading";
import { Slowness } from "./slowness";
import { ProjectionStage } from "./stage";
import type { Watched } from "./watched";

/** What the stage is drawn with; why not with WebGL2 where that is so, and whether that is worth a word. */
export type Drawing =
  | { readonly by: "gl" }
  | { readonly by: "plain"; readonly reason: string; readonly isTold: boolean };

interface Drawn {
  readonly canvas: StageCanvas;
  readonly painter: Painter;
}

/** The WebGL2 context of the page, kept while another view is shown: making one takes long. */
let kept: Drawn | null = null;

/** Renderers of WebGL2 that have no graphics card: a plain canvas is several times as fast. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/**
 * A stage on two canvases, drawn with WebGL2 or, where there is none, where it has no graphics card, where it is
 * slow, or where it is lost, without.
 */
export function usePainter({ playhead, watch }: Watched) {
  const host = useRef<HTMLDivElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const stage = useRef<ProjectionStage | null>(null);
  const [drawing, setDrawing] = useState<Drawing>({ by: "gl" });
  const [made, setMade] = useState<ProjectionStage | null>(null);
  useLayoutEffect(() => {
    if (!host.current || !over.current) return;
    const drawn = drawnBy(drawing);
    if ("reason" in drawn) {
      if (drawing.by === "gl") setDrawing({ by: "plain", ...drawn });
      return;
    }
    host.current.replaceChildren(drawn.canvas);
    const next = new ProjectionStage(drawn.canvas, over.current, drawn.painter, playhead);
    if (stage.current) next.camera = stage.current.camera;
    stage.current = next;
    setMade(next);
    const slowness = new Slowness();
    const unwatch = watch(() => {
      next.paint();
      const pace = drawing.by === "gl" ? slowness.after(performance.now(), playhead.moving) : null;
      if (pace !== null)
        setDrawing({
          by: "plain",
          reason: `frames took ${Math.round(pace)} ms with WebGL2`,
          isTold: true,
        });
    });
    return () => {
      unwatch();
      next.release();
      if (drawn !== kept) drawn.painter.destroy();
    };
  }, [drawing]);
  useEffect(() => {
    const element = kept?.canvas;
    const lost = () => {
      kept = null;
      const reason = "the browser has withdrawn the graphics context";
      setDrawing({ by: "plain", reason, isTold: true });
    };
    element?.addEventListener("webglcontextlost", lost);
    return () => element?.removeEventListener("webglcontextlost", lost);
  }, [drawing]);
  return { host, over, stage: made, drawing, retry: () => setDrawing({ by: "gl" }) };
}

type Refusal = { readonly reason: string; readonly isTold: boolean };

/** A canvas and what draws on it; for WebGL2 why there is none. */
function drawnBy({ by }: Drawing): Drawn | Refusal {
  if (by === "gl" && kept) return kept;
  const canvas: StageCanvas = document.createElement("canvas");
  canvas.className = "projection-canvas";
  if (by === "plain") {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser cannot draw");
    return { canvas, painter: new CanvasPainter(canvas, context) };
  }
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) return { reason: "this browser has no WebGL2", isTold: true };
  const renderer = rendererOf(gl);
  if (SOFTWARE.test(renderer)) {
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return { reason: `WebGL2 would run in software (${renderer})`, isTold: false };
  }
  try {
    kept = { canvas, painter: new GlPainter(canvas, gl) };
    return kept;
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), isTold: true };
  }
}

function rendererOf(gl: WebGL2RenderingContext): string {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? "");
}
