/** Where rows and the lanes within a row stand: one object that painter, pointer and tests share. */

import type { Placed } from "../../model/histograms/panel";
import type { Slot } from "../../model/shown";

/** How the subjects of a row share its height. */
export type Arrangement = "stacked" | "overlay" | "difference";

/** A horizontal band of a row and the indices of the subjects drawn in it. */
export interface Lane {
  readonly subjects: readonly number[];
  /** From the row's top, in pixels. */
  readonly top: number;
  readonly height: number;
}

const LANE = 9;
const GAP = 1;
const PADDING = 4;
const SHORTEST = 18;

/** Marked rows are taller, so that they are found again after re-sorting. */
const MAGNIFIED = 1.7;

/** Subjects by lane: A above B; stacked keeps the two moments of a subset together. */
export function laneSubjects(subjects: readonly Placed[], arrangement: Arrangement): number[][] {
  const at = (place: Slot) =>
    [...subjects.keys()].filter((index) => subjects[index]?.place === place);
  if (arrangement === "overlay") return [at("A"), at("B")].filter((lane) => lane.length);
  const keys = [...new Set(subjects.map(({ key }) => key))];
  const groups = keys.map((key) =>
    [...at("A"), ...at("B")].filter((index) => subjects[index]?.key === key),
  );
  if (arrangement === "difference") return groups.filter((group) => group.length === 2);
  return groups.flat().map((index) => [index]);
}

/** The lanes of a row and the row's height; `magnified` for a marked one. */
export interface RowShape {
  readonly lanes: readonly Lane[];
  readonly height: number;
}

export function rowShape(lanes: readonly (readonly number[])[], magnified: boolean): RowShape {
  const laneHeight = Math.round(LANE * (magnified ? MAGNIFIED : 1));
  const filled = lanes.length * (laneHeight + GAP) - GAP;
  const height = Math.max(SHORTEST, filled + 2 * PADDING);
  const top = Math.round((height - filled) / 2);
  return {
    height,
    lanes: lanes.map((subjects, index) => ({
      subjects,
      top: top + index * (laneHeight + GAP),
      height: laneHeight,
    })),
  };
}

/** The rows of a panel from top to bottom: pinned ones stay in sight, the body scrolls below them. */
export interface RowsLayout {
  /** Units, by place. */
  readonly pinned: readonly number[];
  readonly body: readonly number[];
  readonly pinnedHeight: number;
  readonly rowHeight: number;
}

/** Arrange units in their order; marked units are pinned while they fill at most half of the view. */
export function arrange(
  order: readonly number[],
  marked: ReadonlySet<number>,
  heights: { readonly pinned: number; readonly row: number; readonly view: number },
): RowsLayout {
  const room = Math.max(1, Math.floor(heights.view / 2 / heights.pinned));
  const pinned = order.filter((unit) => marked.has(unit)).slice(0, room);
  const above = new Set(pinned);
  return {
    pinned,
    body: order.filter((unit) => !above.has(unit)),
    pinnedHeight: heights.pinned,
    rowHeight: heights.row,
  };
}

/** Height of the pinned rows together. */
export const pinnedExtent = ({ pinned, pinnedHeight }: RowsLayout): number =>
  pinned.length * pinnedHeight;

/** Height of all rows together: what the scroll bar covers. */
export const extent = (layout: RowsLayout): number =>
  pinnedExtent(layout) + layout.body.length * layout.rowHeight;

export const rowCount = ({ pinned, body }: RowsLayout): number => pinned.length + body.length;

/** The unit in a place, counted from the top; undefined beyond the last. */
export const unitIn = ({ pinned, body }: RowsLayout, place: number): number | undefined =>
  place < pinned.length ? pinned[place] : body[place - pinned.length];

/** The place of a unit, or -1 when it is not shown. */
export function placeOf({ pinned, body }: RowsLayout, unit: number): number {
  const place = pinned.indexOf(unit);
  if (place >= 0) return place;
  const below = body.indexOf(unit);
  return below < 0 ? -1 : pinned.length + below;
}

/** The y of a place's top edge in the view, which shows the body from `scroll` on. */
export function rowTop(layout: RowsLayout, place: number, scroll: number): number {
  const { pinned, pinnedHeight, rowHeight } = layout;
  if (place < pinned.length) return place * pinnedHeight;
  return pinnedExtent(layout) + (place - pinned.length) * rowHeight - scroll;
}

/** The place at a y of the view, or -1 where there is none: the inverse of `rowTop`. */
export function placeAt(layout: RowsLayout, y: number, scroll: number): number {
  const { pinned, body, pinnedHeight, rowHeight } = layout;
  if (y < 0) return -1;
  if (y < pinnedExtent(layout)) return Math.floor(y / pinnedHeight);
  const below = Math.floor((y - pinnedExtent(layout) + scroll) / rowHeight);
  return below < body.length ? pinned.length + below : -1;
}

/** Places of the rows in sight: the pinned ones, then those of the body that the view cuts. */
export function inSight(layout: RowsLayout, scroll: number, view: number): number[] {
  const { pinned, body, rowHeight } = layout;
  const first = Math.max(0, Math.floor(scroll / rowHeight));
  const room = Math.max(0, view - pinnedExtent(layout));
  const last = Math.min(body.length, Math.ceil((scroll + room) / rowHeight));
  return [
    ...pinned.keys(),
    ...Array.from(
      { length: Math.max(0, last - first) },
      (_, index) => pinned.length + first + index,
    ),
  ];
}

/** The scroll offset nearest to `scroll` at which a place is wholly in sight. */
export function scrollTo(layout: RowsLayout, place: number, scroll: number, view: number): number {
  if (place < layout.pinned.length) return scroll;
  const top = (place - layout.pinned.length) * layout.rowHeight;
  const room = view - pinnedExtent(layout);
  return Math.max(0, Math.min(Math.max(scroll, top + layout.rowHeight - room), top));
}
