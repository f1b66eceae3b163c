/** Plays 10,000 points along layers and notes what each frame costs the page's own code; benchmarks/animation.py asks it. */

import type { Positions } from "../src/gl/field";
import { GlPainter } from "../src/gl/painter";
import { INK } from "../src/model/color";
import { dotLooks, moveLines, tint } from "../src/views/projections/looks";
import { Playhead } from "../src/views/projections/playhead";
import { ProjectionStage } from "../src/views/projections/stage";
import type { Side } from "../src/views/projections/staging";

const [POINTS, LAYERS, SIZE] = [10_000, 8, { width: 1000, height: 600 }];
const SEVERAL = 10;

export interface Costs {
  /** Milliseconds of each frame in our own code. */
  readonly own: readonly number[];
  /** Milliseconds from frame to frame. */
  readonly apart: readonly number[];
}

/** Positions anywhere within the unit disc. */
function places(): Positions {
  const xy = new Float32Array(2 * POINTS * LAYERS);
  for (let at = 0; at < xy.length; at += 2) {
    const [radius, angle] = [Math.sqrt(Math.random()), 2 * Math.PI * Math.random()];
    xy[at] = radius * Math.cos(angle);
    xy[at + 1] = radius * Math.sin(angle);
  }
  return { xy, slices: LAYERS, rows: POINTS };
}

const shown = Array.from({ length: POINTS }, (_, row) => row);

function side(place: "A" | "B", hasLines: boolean): Side {
  const groups = Array.from({ length: SEVERAL }, (_, glyph) => ({
    name: String(glyph),
    colour: INK.light.accent,
    glyph: glyph % 6,
    size: 1,
  }));
  const looks = { groups, of: shown.map((row) => row % SEVERAL) };
  const lines = hasLines
    ? [
        {
          name: "moves",
          looks: moveLines(shown, () => tint(INK.light.faint, 90)),
          width: 1,
          directed: true,
          along: "other" as const,
        },
      ]
    : [];
  return {
    place,
    from: places(),
    to: places(),
    shown,
    dots: dotLooks(shown, looks, new Set(), place === "B"),
    lines,
    trails: null,
  };
}

/** Play for a number of frames: one moment, or A minus B with a line a point. */
async function play(frames: number, minus: boolean): Promise<Costs> {
  const [canvas, over] = ["stage", "over"].map((id) => document.getElementById(id)) as [
    HTMLCanvasElement,
    HTMLCanvasElement,
  ];
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) throw new Error("this browser has no WebGL2");
  const costs: Costs = { own: [], apart: [] };
  let [before, started] = [0, 0];
  const head = new Playhead({
    painted: () => stage.paint(),
    spanned: () => undefined,
    rested: () => undefined,
    played: () => undefined,
  });
  const stage = new ProjectionStage(canvas, over, new GlPainter(canvas, gl), head);
  const tick = head.tick.bind(head);
  head.tick = (now) => {
    if (before) (costs.apart as number[]).push(now - before);
    before = now;
    started = performance.now();
    tick(now);
    (costs.own as number[]).push(performance.now() - started);
  };
  head.lastLayer = LAYERS - 1;
  head.lastStep = 1;
  stage.resize(SIZE);
  const colour = [0.8, 0.3, 0] as const;
  stage.show({
    sides: minus ? [side("A", true), side("B", false)] : [side("A", false)],
    minus,
    framing: { of: "", extent: { x: 0, y: 0, reach: 1 } },
    style: { dotScale: 1, pictures: null, ring: colour, ground: colour },
    ink: INK.light,
    nameOf: null,
    marks: [],
    selected: [],
  });
  head.slideStep(0.5);
  head.loaded(0, 1);
  head.play("layers");
  while (costs.own.length < frames) await new Promise((later) => setTimeout(later, 50));
  head.pause();
  head.destroy();
  stage.release();
  return costs;
}

declare global {
  interface Window {
    play: typeof play;
  }
}
window.play = play;
