/**
 * What is on screen as a drawing: boxes, texts, pictures and inline SVG of an element, each where the browser
 * has laid it out and as it looks there. A canvas is drawn by its own `drawing` where it has one. Controls
 * that are no part of a picture are left out, and so is what is there for screen readers alone.
 */

import { escaped, fixed, words } from "./svgText";

/** What a canvas shows as SVG text, which may be higher than the canvas. */
export interface Vector {
  readonly text: string;
  readonly height: number;
}

/** A canvas that can say what it shows: all of it, or what is in sight; null leaves it to its pixels. */
export type DrawnCanvas = HTMLCanvasElement & { drawing?: (whole: boolean) => Vector | null };

const LEFT_OUT =
  "[role=toolbar], .visually-hidden, .graph-tools, .map-tools, .projection-tools, .exports, select, input, form, dialog, [popover], [data-undrawn]";

/** Of SVG elements, what style sheets may have set. */
const LOOKS = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity"],
  ...["stroke-linecap", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight"],
  ...["text-anchor", "dominant-baseline", "image-rendering", "vector-effect"],
  ...["stop-color", "stop-opacity"],
];

/** Edges of what is drawn, in pixels of the window. */
interface Drawing {
  readonly left: number;
  top: number;
  right: number;
  bottom: number;
  /** Clips and gradients so far, to name the next. */
  names: number;
  /** How many clips are open: what they cut makes the drawing no larger. */
  clips: number;
  readonly parts: string[];
  /** What canvases show, by canvas. */
  readonly vectors: ReadonlyMap<Element, Vector>;
  /** Where room is made for what they show beyond their edges: all below moves down. */
  readonly gaps: readonly { readonly below: number; readonly room: number }[];
}

/** Room for a caption. */
const CAPTION = 24;

/**
 * The document of an element over the page's background, with a caption above it; `whole` with all that
 * its canvases would show if they were scrolled.
 */
export async function drawnOnScreen(
  element: Element,
  caption: string,
  whole: boolean,
): Promise<string> {
  const { left, top, bottom } = element.getBoundingClientRect();
  const vectors = vectorsIn(element, whole);
  const drawing: Drawing = {
    left,
    top: bottom,
    right: left,
    bottom: top,
    names: 0,
    clips: 0,
    parts: [],
    vectors,
    gaps: gapsOf(vectors),
  };
  const look = getComputedStyle(document.documentElement);
  const [ground = "", ink = ""] = ["--background", "--text"].map((name) =>
    look.getPropertyValue(name).trim(),
  );
  await draw(element, drawing, true);
  const first = Math.min(drawing.top, drawing.bottom) - (caption ? CAPTION : 0);
  const [width, height] = [drawing.right - left, drawing.bottom - first];
  const font = 'font-family="system-ui, sans-serif" font-size="12"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fixed(width)}" height="${fixed(height)}" viewBox="0 ${fixed(first)} ${fixed(width)} ${fixed(height)}">`,
    `<rect y="${fixed(first)}" width="100%" height="100%" fill="${escaped(ground || "#fff")}"/>`,
    caption ? words(8, first + 16, caption, ink || "#000", font) : "",
    ...drawing.parts,
    "</svg>",
  ].join("\n");
}

function vectorsIn(element: Element, whole: boolean): ReadonlyMap<Element, Vector> {
  const canvases = [...element.querySelectorAll<DrawnCanvas>("canvas")];
  return new Map(
    canvases.flatMap((canvas) => {
      const vector = canvas.drawing?.(whole);
      return vector ? [[canvas, vector] as const] : [];
    }),
  );
}

/** Canvases whose edges lie side by side share the room for the highest of them. */
function gapsOf(vectors: ReadonlyMap<Element, Vector>): Drawing["gaps"] {
  const rooms = new Map<number, number>();
  for (const [canvas, { height }] of vectors) {
    const { bottom, height: own } = canvas.getBoundingClientRect();
    const below = Math.round(bottom);
    if (height > own) rooms.set(below, Math.max(rooms.get(below) ?? 0, height - own));
  }
  return [...rooms].map(([below, room]) => ({ below, room }));
}

async function draw(element: Element, to: Drawing, isRoot = false): Promise<void> {
  const style = getComputedStyle(element);
  if (!isRoot && element.matches(LEFT_OUT)) return;
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
  if (element instanceof SVGSVGElement) {
    await drawSvg(element, to);
    return;
  }
  if (!(element instanceof HTMLElement)) return;
  const isFaint = Number(style.opacity) < 1;
  if (isFaint) to.parts.push(`<g opacity="${fixed(Number(style.opacity))}">`);
  drawBox(element, style, to);
  const isClipped = !isRoot && style.overflowX === "hidden";
  if (isClipped) openClip(element, style, to);
  if (element instanceof HTMLCanvasElement) drawCanvas(element, to);
  else if (element instanceof HTMLImageElement) await drawImage(element, element.src, to);
  for (const child of element.childNodes) {
    if (child instanceof Text) drawText(child, element, style, to);
    else if (child instanceof Element) await draw(child, to);
  }
  if (isClipped) {
    to.parts.push("</g>");
    to.clips--;
  }
  if (isFaint) to.parts.push("</g>");
}

/** Where something is in the drawing, which grows to hold it; heights are those of the window and its gaps. */
function placed(rect: DOMRect, to: Drawing) {
  const down = (y: number) =>
    to.gaps.reduce((sum, { below, room }) => (y > below - 1 ? sum + room : sum), y);
  const { left, right, width } = rect;
  const [top, bottom] = [down(rect.top), down(rect.bottom)];
  if (to.clips === 0) {
    to.top = Math.min(to.top, top);
    to.right = Math.max(to.right, right);
    to.bottom = Math.max(to.bottom, bottom);
  }
  return { x: left - to.left, y: top, width, height: bottom - top };
}

const attributes = ({ x, y, width, height }: ReturnType<typeof placed>): string =>
  `x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}"`;

function openClip(element: Element, style: CSSStyleDeclaration, to: Drawing): void {
  const id = `clip-${++to.names}`;
  const at = placed(element.getBoundingClientRect(), to);
  const shape = `<rect ${attributes(at)} rx="${fixed(roundOf(style, at.width))}"/>`;
  to.parts.push(`<clipPath id="${id}">${shape}</clipPath><g clip-path="url(#${id})">`);
  to.clips++;
}

/** The radius of its corners. */
function roundOf({ borderTopLeftRadius: round }: CSSStyleDeclaration, width: number): number {
  const value = Number.parseFloat(round) || 0;
  return Math.min(round.includes("%") ? (value * width) / 100 : value, width / 2);
}

/** The fill of a background: a colour, or a gradient from left to right. */
function fillOf({ backgroundColor, backgroundImage }: CSSStyleDeclaration, to: Drawing): string {
  const [first = ""] = backgroundImage.split(/, (?=(?:repeating-)?linear-gradient)/);
  const colours = first.startsWith("linear-gradient(")
    ? [...first.matchAll(/(rgba?\([^)]*\)|#\w+)(?: ([\d.]+%))?/g)]
    : [];
  if (colours.length < 2) return isSeen(backgroundColor) ? backgroundColor : "none";
  const id = `gradient-${++to.names}`;
  const stops = colours.map(
    ([, colour, at], index) =>
      `<stop offset="${at ?? `${(100 * index) / (colours.length - 1)}%`}" stop-color="${colour}"/>`,
  );
  to.parts.push(`<linearGradient id="${id}">${stops.join("")}</linearGradient>`);
  return `url(#${id})`;
}

const isSeen = (colour: string): boolean => !/^(transparent|rgba\(.*, 0\))$/.test(colour);

function drawBox(element: HTMLElement, style: CSSStyleDeclaration, to: Drawing): void {
  const rect = element.getBoundingClientRect();
  if (rect.width === 0 || rect.height === 0) return;
  const fill = fillOf(style, to);
  const borders = SIDES.map((side) => ({
    width: Number.parseFloat(style.getPropertyValue(`border-${side}-width`)),
    colour: style.getPropertyValue(`border-${side}-color`),
    line: style.getPropertyValue(`border-${side}-style`),
  }));
  const seen = borders.map(
    ({ width, colour, line }) => width > 0 && line !== "none" && isSeen(colour),
  );
  if (fill === "none" && !seen.includes(true)) return;
  const at = placed(rect, to);
  const [border] = borders;
  const isFramed = !seen.includes(false) && border !== undefined;
  const dashes = border?.line === "dashed" ? ' stroke-dasharray="4 3"' : "";
  const frame = isFramed ? `stroke="${border.colour}" stroke-width="${border.width}"${dashes}` : "";
  const round = fixed(roundOf(style, at.width));
  if (fill !== "none" || isFramed)
    to.parts.push(`<rect ${attributes(at)} rx="${round}" fill="${fill}" ${frame}/>`);
  for (const [index, { width, colour }] of borders.entries()) {
    const line = EDGES[index]?.(at);
    if (!isFramed && seen[index] && line)
      to.parts.push(`<path d="${line}" stroke="${colour}" stroke-width="${width}"/>`);
  }
}

const SIDES = ["top", "right", "bottom", "left"] as const;

/** The line along each side of a box. */
const EDGES: readonly ((at: ReturnType<typeof placed>) => string)[] = [
  ({ x, y, width }) => `M${fixed(x)} ${fixed(y)}h${fixed(width)}`,
  ({ x, y, width, height }) => `M${fixed(x + width)} ${fixed(y)}v${fixed(height)}`,
  ({ x, y, width, height }) => `M${fixed(x)} ${fixed(y + height)}h${fixed(width)}`,
  ({ x, y, height }) => `M${fixed(x)} ${fixed(y)}v${fixed(height)}`,
];

function drawCanvas(canvas: HTMLCanvasElement, to: Drawing): void {
  const at = placed(canvas.getBoundingClientRect(), to);
  const vector = to.vectors.get(canvas);
  if (vector)
    to.parts.push(`<svg ${attributes(at)} class="${canvas.className}">${vector.text}</svg>`);
  else if (canvas.width > 0)
    to.parts.push(`<image ${attributes(at)} href="${canvas.toDataURL()}"/>`);
}

async function drawImage(element: Element, source: string, to: Drawing): Promise<void> {
  const at = placed(element.getBoundingClientRect(), to);
  const { imageRendering, mixBlendMode, opacity } = getComputedStyle(element);
  const looks = `image-rendering: ${imageRendering}; mix-blend-mode: ${mixBlendMode}; opacity: ${opacity}`;
  to.parts.push(`<image ${attributes(at)} href="${await dataAddress(source)}" style="${looks}"/>`);
}

/** A copy in which nothing comes from style sheets or from elsewhere. */
async function drawSvg(element: SVGSVGElement, to: Drawing): Promise<void> {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const originals = [element, ...element.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [at, original] of originals.entries()) {
    const twin = copies[at];
    if (!twin) continue;
    const style = getComputedStyle(original);
    const unseen = !isSeen(style.stroke) || style.stroke === "none";
    const isNothing = original instanceof SVGGeometryElement && style.fill === "none" && unseen;
    if (style.display === "none" || style.visibility === "hidden" || isNothing) {
      twin.remove();
      continue;
    }
    for (const name of LOOKS) twin.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "style", "tabindex"]) twin.removeAttribute(name);
    if (original instanceof SVGImageElement)
      twin.setAttribute("href", await dataAddress(original.href.baseVal));
  }
  const rect = element.getBoundingClientRect();
  const { x, y } = placed(rect, to);
  const isOpen = getComputedStyle(element).overflow === "visible";
  copy.setAttribute("overflow", isOpen ? "visible" : "hidden");
  // what a zoom lays out larger or smaller is drawn so
  const zoom = rect.width / (element.width.baseVal.value || 1) || 1;
  const inner = new XMLSerializer().serializeToString(copy);
  to.parts.push(
    `<g transform="translate(${fixed(x)} ${fixed(y)}) scale(${fixed(zoom)})">${inner}</g>`,
  );
}

/** Words where their lines are. */
function drawText(text: Text, parent: HTMLElement, style: CSSStyleDeclaration, to: Drawing): void {
  if (!text.data.trim()) return;
  const zoom = parent.offsetHeight
    ? parent.getBoundingClientRect().height / parent.offsetHeight
    : 1;
  const size = Number.parseFloat(style.fontSize) * zoom;
  const looks = `font-family="${escaped(style.fontFamily)}" font-size="${fixed(size)}" font-weight="${style.fontWeight}" fill="${style.color}"`;
  for (const { line, rect } of linesOf(text)) {
    const at = placed(rect, to);
    // the rectangle of a line is as high as its font: a fifth of that is below the baseline
    const baseline = at.y + at.height / 2 + 0.35 * size;
    to.parts.push(
      `<text x="${fixed(at.x)}" y="${fixed(baseline)}" ${looks}>${escaped(line)}</text>`,
    );
  }
}

/** The words of a text by the line that they stand in. */
function linesOf(text: Text): { line: string; rect: DOMRect }[] {
  const lines: { line: string; rect: DOMRect }[] = [];
  const range = document.createRange();
  for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const rect = range.getBoundingClientRect();
    if (rect.width === 0) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.rect.top - rect.top) < rect.height / 2) last.line += ` ${word}`;
    else lines.push({ line: word, rect });
  }
  return lines;
}

/** A picture within the file, pixel by pixel: what a page may show it may not always fetch. */
async function dataAddress(source: string): Promise<string> {
  if (source.startsWith("data:") || source === "") return source;
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return canvas.toDataURL();
}
