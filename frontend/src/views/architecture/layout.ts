/** Where nodes, links and frames are: dagre's layers from top to bottom, cut into columns that fit the stage. */

import { Graph, layout } from "@dagrejs/dagre";
import { extent, max, min } from "d3-array";
import type { Point, Size } from "../../stage/geometry";
import type { ArchitectureScene, SceneEdge } from "./scene";

export const WIDTH = 184;
export const HEIGHT = 60;
const [ACROSS, DOWN] = [24, 36];
/** Room of a frame around its nodes, and above them for its name. */
const PAD = 7;
export const HEAD = 20;
const GUTTER = 28;
/** Distance of lines that run beside each other from column to column. */
const LANE = 5;
const MOST_COLUMNS = 12;
/** Most that a small picture is enlarged by itself. */
const ENLARGED = 1.15;

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Frame extends Rect {
  readonly key: string;
  readonly label: string;
  /** Room at its head that the names of the frames around it take. */
  readonly indent: number;
  /** False for what goes on in a further column. */
  readonly isFirst: boolean;
}

export interface ArchitectureLayout {
  /** Middles of the nodes. */
  readonly at: ReadonlyMap<string, Point>;
  /** Corners of the lines, by the edge's place in the scene. */
  readonly lines: readonly (readonly Point[])[];
  readonly frames: readonly Frame[];
  readonly box: Rect;
}

export function layoutOf(scene: ArchitectureScene, room: Size): ArchitectureLayout {
  const tall = dagre(scene);
  const tops = [...new Set([...tall.at.values()].map(({ y }) => y))].sort((a, b) => a - b);
  const options = Array.from({ length: Math.min(MOST_COLUMNS, tops.length) }, (_, count) =>
    columns(scene, tall, tops, count + 1),
  );
  return options.reduce((best, other) =>
    zoomOf(other.box, room) > 1.02 * zoomOf(best.box, room) ? other : best,
  );
}

const zoomOf = ({ left, right, top, bottom }: Rect, { width, height }: Size): number =>
  Math.min(ENLARGED, width / (right - left), height / (bottom - top));

interface Tall {
  readonly at: ReadonlyMap<string, Point>;
  /** Corners of the lines, by the edge's place in the scene; none of those that skip something. */
  readonly lines: readonly (readonly Point[])[];
}

/** Everything in one column: the spine, for what skips something runs beside it. */
function dagre({ nodes, frames, edges }: ArchitectureScene): Tall {
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: ACROSS, ranksep: DOWN, edgesep: 12 });
  for (const { key } of nodes) graph.setNode(key, { width: WIDTH, height: HEIGHT });
  frames.forEach(({ inside }, at) => {
    const block = `\n${at}`;
    graph.setNode(block, {});
    const outer = inside.map((key) => graph.parent(key)).find((parent) => parent !== undefined);
    if (outer !== undefined) graph.setParent(block, outer);
    for (const key of inside) graph.setParent(key, block);
  });
  for (const { from, to, skips } of edges) if (!skips) graph.setEdge(from, to, {});
  layout(graph);
  return {
    at: new Map(nodes.map(({ key }) => [key, pointOf(graph.node(key))])),
    lines: edges.map(({ from, to, skips }) =>
      skips ? [] : (graph.edge(from, to)?.points ?? []).map(pointOf),
    ),
  };
}

const pointOf = ({ x = 0, y = 0 }: Partial<Point>): Point => ({ x, y });

/** The same cut into columns of about equal height. */
function columns(
  scene: ArchitectureScene,
  tall: Tall,
  tops: readonly number[],
  count: number,
): ArchitectureLayout {
  const size = Math.ceil(tops.length / count);
  const columnOf = (y: number) =>
    Math.floor(
      Math.max(
        0,
        tops.findLastIndex((top) => top <= y + 1),
      ) / size,
    );
  const home = new Map([...tall.at].map(([key, { y }]) => [key, columnOf(y)]));
  const isAside = ({ from, to, skips }: SceneEdge) => skips || home.get(from) !== home.get(to);
  const numbers = Array.from({ length: Math.ceil(tops.length / size) }, (_, column) => column);
  const lanes = new Map(
    numbers.flatMap((column) => [
      ...lanesOf(
        scene.edges.filter((edge) => isAside(edge) && home.get(edge.from) === column),
        tall,
      ),
    ]),
  );
  let left = 0;
  const starts = numbers.map((column) => {
    const extent = extentOf(scene, tall, home, column);
    const used = scene.edges.flatMap((edge) =>
      home.get(edge.from) === column ? [1 + (lanes.get(edge) ?? -1)] : [],
    );
    const start = { x: left - extent.left, y: -(tops[column * size] ?? 0) };
    const right = left + extent.right - extent.left;
    left = right + GUTTER + LANE * (max(used) ?? 0);
    return { ...start, right };
  });
  const startOf = (key: string) => starts[home.get(key) ?? 0] ?? { x: 0, y: 0, right: 0 };
  const moved = ({ x, y }: Point, by: Point): Point => ({ x: x + by.x, y: y + by.y });
  const at = new Map([...tall.at].map(([key, place]) => [key, moved(place, startOf(key))]));
  const lines = scene.edges.map((edge, index) => {
    const start = startOf(edge.from);
    const lane = lanes.get(edge);
    if (lane === undefined) return (tall.lines[index] ?? []).map((point) => moved(point, start));
    return aside(edge, at, start.right + LANE * (lane + 1));
  });
  const frames = framesOf(scene, at, home);
  return { at, lines, frames, box: boxOf(at, frames, left - GUTTER) };
}

/** How far to the left and right a column's nodes and lines reach. */
function extentOf(
  scene: ArchitectureScene,
  tall: Tall,
  home: ReadonlyMap<string, number>,
  column: number,
) {
  const inside = [...tall.at].flatMap(([key, { x }]) =>
    home.get(key) === column ? [x - WIDTH / 2 - PAD, x + WIDTH / 2 + PAD] : [],
  );
  const lines = scene.edges.flatMap(({ from, to }, index) =>
    home.get(from) === column && home.get(to) === column
      ? (tall.lines[index] ?? []).map(({ x }) => x)
      : [],
  );
  const [left = 0, right = 0] = extent([...inside, ...lines]);
  return { left, right };
}

/** A lane beside the column for each line, the shortest the innermost, so that no two run on each other. */
function lanesOf(edges: readonly SceneEdge[], { at }: Tall): ReadonlyMap<SceneEdge, number> {
  const found = new Map<SceneEdge, number>();
  const span = ({ from, to }: SceneEdge) => {
    const [start, end] = [at.get(from)?.y ?? 0, at.get(to)?.y ?? 0];
    return [Math.min(start, end), Math.max(start, end)] as const;
  };
  const length = (edge: SceneEdge) => span(edge)[1] - span(edge)[0];
  const taken: (readonly [number, number])[][] = [];
  for (const edge of edges.toSorted((one, other) => length(one) - length(other))) {
    const [low, high] = span(edge);
    const free = taken.findIndex((spans) => spans.every(([from, to]) => to < low || high < from));
    const lane = free < 0 ? taken.length : free;
    taken[lane] = [...(taken[lane] ?? []), [low, high]];
    found.set(edge, lane);
  }
  return found;
}

/** Down, along a lane at the right of the column, and in from above; what skips something off the middle. */
function aside(
  { from, to, skips }: SceneEdge,
  at: ReadonlyMap<string, Point>,
  lane: number,
): readonly Point[] {
  const [start, end] = [at.get(from) ?? { x: 0, y: 0 }, at.get(to) ?? { x: 0, y: 0 }];
  const [off, under, over] = skips ? [WIDTH / 4, 7, 9] : [0, 12, HEAD + 6];
  const [below, above] = [start.y + HEIGHT / 2, end.y - HEIGHT / 2];
  return [
    { x: start.x + off, y: below },
    { x: start.x + off, y: below + under },
    { x: lane, y: below + under },
    { x: lane, y: above - over },
    { x: end.x + off, y: above - over },
    { x: end.x + off, y: above },
  ];
}

function framesOf(
  { frames }: ArchitectureScene,
  at: ReadonlyMap<string, Point>,
  home: ReadonlyMap<string, number>,
): readonly Frame[] {
  const found: Frame[] = [];
  for (const { block, inside } of frames) {
    const around = frames.filter((other) => other.block.layers.length > block.layers.length);
    const depth = around.filter((other) => other.inside.includes(inside[0] ?? "")).length;
    const columns = [...new Set(inside.map((key) => home.get(key) ?? 0))].sort((a, b) => a - b);
    columns.forEach((column, part) => {
      const places = inside.flatMap((key) => (home.get(key) === column ? (at.get(key) ?? []) : []));
      const frame = rectAround(places, Math.max(2, PAD - 2 * depth));
      const beside = found.filter((one) => one.top === frame.top && overlaps(one, frame));
      const indent = beside.reduce((sum, one) => sum + nameWidth(one), 0);
      found.push({ key: block.key, label: block.label, indent, isFirst: part === 0, ...frame });
    });
  }
  return found;
}

/** The rectangle around the middles of nodes. */
function rectOf(places: readonly Point[]): Rect {
  const [left = 0, right = 0] = extent(places, ({ x }) => x);
  const [top = 0, bottom = 0] = extent(places, ({ y }) => y);
  return { left, right, top, bottom };
}

function rectAround(places: readonly Point[], pad: number): Rect {
  const { left, right, top, bottom } = rectOf(places);
  return {
    left: left - WIDTH / 2 - pad,
    right: right + WIDTH / 2 + pad,
    top: top - HEIGHT / 2 - HEAD,
    bottom: bottom + HEIGHT / 2 + pad,
  };
}

const overlaps = (one: Rect, other: Rect): boolean =>
  one.left < other.right && other.left < one.right;

/** Room for a frame's name, roughly. */
const nameWidth = ({ label, isFirst }: Frame): number => 6 * label.length + (isFirst ? 24 : 18);

function boxOf(at: ReadonlyMap<string, Point>, frames: readonly Frame[], right: number): Rect {
  const around = { ...rectAround([...at.values()], PAD), right };
  const all = [{ ...around, bottom: around.bottom - PAD }, ...frames];
  return {
    left: min(all, (one) => one.left) ?? 0,
    right: max(all, (one) => one.right) ?? 0,
    top: min(all, (one) => one.top) ?? 0,
    bottom: (max(all, (one) => one.bottom) ?? 0) + 12,
  };
}
