/** Files for people to keep: what the stage shows as table, drawing and picture. */

import { GLYPHS } from "../../types";
import { type Cell, csv } from "../csv";
import { download } from "../export";
import { glyphPath } from "../glyphs";
import type { ProjectionStage } from "./stage";

export function saveTable(rows: readonly (readonly Cell[])[]): void {
  download("projection.csv", new Blob(["\ufeff", csv(rows)], { type: "text/csv" }));
}

export async function savePicture(stage: ProjectionStage): Promise<void> {
  const { canvas, scene } = stage;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d");
  if (!context || !scene) throw new Error("nothing is drawn yet");
  context.fillStyle = scene.ink.background;
  context.fillRect(0, 0, copy.width, copy.height);
  stage.paint();
  context.drawImage(canvas, 0, 0);
  context.drawImage(stage.over, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => copy.toBlob(resolve));
  if (!blob) throw new Error("this browser cannot write PNG");
  download("projection.png", blob);
}

export function saveDrawing(stage: ProjectionStage): void {
  download("projection.svg", new Blob([drawing(stage)], { type: "image/svg+xml" }));
}

/** The stage as an SVG document: dots as glyphs, lines from place to place. */
export function drawing(stage: ProjectionStage): string {
  const { scene, size } = stage;
  if (!scene) return "";
  const { width, height } = size;
  const lines = stage
    .lines()
    .map(
      ({ from, to, colour, width: wide }) =>
        `<path d="M${text(from.x)} ${text(from.y)}L${text(to.x)} ${text(to.y)}" stroke="${css(colour)}" stroke-opacity="${text(colour[3] / 255)}" stroke-width="${wide}"/>`,
    );
  const dots = stage.dots().map(({ at, look }) => {
    const shape = glyphPath(GLYPHS[look.glyph] ?? "circle", at.x, at.y, look.radius);
    const ring = look.ringed ? ` stroke="${scene.ink.accent}" stroke-width="2"` : "";
    const paint = look.hollow
      ? `fill="none" stroke="${css(look.colour)}" stroke-width="1.5"`
      : `fill="${css(look.colour)}" fill-opacity="${text(look.colour[3] / 255)}"${ring}`;
    return `<path d="${shape}" ${paint}/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" fill="${scene.ink.background}"/>`,
    ...lines,
    ...dots,
    "</svg>",
  ].join("\n");
}

const text = (value: number): string => String(Number(value.toFixed(2)));

const css = ([red, green, blue]: readonly [number, number, number, number]): string =>
  `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
