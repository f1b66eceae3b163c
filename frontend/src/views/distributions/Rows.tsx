import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ink } from "../../model/color";
import { binsUnder, type Description, describe, spoken } from "../../model/histograms/describe";
import type { PanelData } from "../../model/histograms/panel";
import type { Sort } from "../../model/shown";
import { extent, inSight, placeOf, type RowsLayout, rowCount, scrollTo, unitIn } from "./layout";
import type { Frame } from "./paint";
import type { RowStyle } from "./picture";
import { Stage, type StageCanvas } from "./stage";
import { Tip } from "./Tip";

export interface RowActions {
  readonly mark: (unit: number) => void;
  readonly hide: (unit: number) => void;
  readonly open: (unit: number) => void;
}

interface Props {
  readonly data: PanelData;
  readonly layout: RowsLayout;
  readonly style: RowStyle;
  readonly frame: Frame;
  readonly height: number;
  readonly ink: Ink;
  /** What the rows are sorted by; a new sort is read from its top. */
  readonly sort: Sort;
  readonly opened: number | null;
  readonly actions: RowActions;
  /** Told of the stage that paints the rows, and of its end. */
  readonly onStage: (stage: Stage | null) => void;
}

/** Where the pointer is: the row, the value under it, and the place of the tip. */
interface Hover {
  readonly unit: number;
  readonly about: Description;
  readonly x: number;
  readonly y: number;
  readonly top: number;
  readonly inPlot: boolean;
}

/** The rows of a panel: a list that scrolls, of which only what is in sight is drawn. */
export function Rows({
  data,
  layout,
  style,
  frame,
  height,
  ink,
  sort,
  opened,
  actions,
  onStage,
}: Props) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<StageCanvas>(null);
  const stage = useRef<Stage | null>(null);
  const shown = useRef<RowsLayout | null>(null);
  const [scroll, setScroll] = useState(0);
  const [active, setActive] = useState<number | null>(null);
  const [focused, setFocused] = useState(false);
  const [hover, setHover] = useState<Hover | null>(null);

  useLayoutEffect(() => {
    if (!canvas.current) return;
    const made = new Stage(canvas.current);
    stage.current = made;
    onStage(made);
    return () => {
      made.destroy();
      onStage(null);
    };
  }, []);

  const atKeyboard = focused ? active : null;
  useLayoutEffect(() => {
    const moving = shown.current !== null && shown.current !== layout;
    shown.current = layout;
    const pointing = { scroll, active: atKeyboard ?? hover?.unit ?? null, opened };
    stage.current?.show({ data, layout, style, frame, height, ink }, pointing, moving);
  }, [data, layout, style, frame, height, ink, scroll, atKeyboard, hover?.unit, opened]);

  useEffect(() => setHover(null), [data, layout, scroll]);
  const sortKey = JSON.stringify(sort);
  useEffect(() => scroller.current?.scrollTo(0, 0), [sortKey]);

  const follow = (unit: number) => {
    setActive(unit);
    const place = placeOf(layout, unit);
    const box = scroller.current;
    if (box && place >= 0) box.scrollTop = scrollTo(layout, place, box.scrollTop, height);
  };

  const point = (event: PointerEvent) => {
    const box = event.currentTarget as HTMLElement;
    const bounds = box.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const unit = stage.current?.unitAt(y) ?? null;
    const row = unit === null ? null : (stage.current?.row(unit) ?? null);
    if (unit === null || !row) {
      setHover(null);
      return;
    }
    const inPlot = x >= frame.label && x <= frame.width - frame.columns;
    const about = describe(data, unit, inPlot ? binsUnder(data, unit, row.scale, x) : null);
    const top = stage.current?.picture().rows.find((placed) => placed.unit === unit)?.top ?? y;
    setHover({ unit, about, x: event.clientX, y: event.clientY, top, inPlot });
  };

  const pressed = useRef<number | null>(null);
  const click = (event: MouseEvent) => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const unit = stage.current?.unitAt(event.clientY - bounds.top) ?? null;
    // of a double click the second must not hit the row that moved under the pointer at the first
    if (event.detail < 2) pressed.current = unit;
    if (unit === null || unit !== pressed.current) return;
    setActive(unit);
    if (event.clientX - bounds.left < frame.label) actions.open(unit);
    else actions.mark(unit);
  };

  const press = (event: KeyboardEvent) => {
    const place = active === null ? -1 : placeOf(layout, active);
    const next = placeAfter(event.key, place, layout, height);
    const unit = next === null ? null : unitIn(layout, next);
    if (unit !== null && unit !== undefined) follow(unit);
    else if (active === null || place < 0) return;
    else if (event.key === "h") {
      const neighbour = unitIn(layout, place + 1) ?? unitIn(layout, place - 1);
      actions.hide(active);
      setActive(neighbour ?? null);
    } else if (event.key === "Enter") actions.open(active);
    else if (event.key === "m" || event.key === " ") actions.mark(active);
    else return;
    event.preventDefault();
  };

  const places = inSight(layout, scroll, height);
  const rowId = (unit: number) => `${id}-${unit}`;
  return (
    <div class="rows" onPointerLeave={() => setHover(null)}>
      <div
        class="rows-scroller"
        ref={scroller}
        style={{ height: `${height}px` }}
        role="listbox"
        tabIndex={0}
        aria-label={`units of ${data.layer}`}
        aria-describedby={`${id}-keys`}
        aria-multiselectable="true"
        aria-activedescendant={
          active !== null && placeOf(layout, active) >= 0 ? rowId(active) : undefined
        }
        onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
        onFocus={() => {
          setFocused(true);
          const first = unitIn(layout, places[0] ?? 0);
          if (active === null && first !== undefined) setActive(first);
        }}
        onBlur={() => setFocused(false)}
        onKeyDown={press}
        onPointerMove={point}
        onClick={click}
      >
        <div style={{ height: `${extent(layout)}px` }}>
          <canvas
            ref={canvas}
            class="rows-canvas"
            style={{ width: `${frame.width}px`, height: `${height}px` }}
          />
          <p class="visually-hidden" id={`${id}-keys`}>
            Marked units are selected; Space marks one, H hides it, Enter opens it.
          </p>
          <div class="visually-hidden">
            {places.map((place) => {
              const unit = unitIn(layout, place) ?? 0;
              return (
                <div
                  key={unit}
                  id={rowId(unit)}
                  role="option"
                  tabIndex={-1}
                  aria-selected={style.marked.has(unit)}
                  aria-setsize={rowCount(layout)}
                  aria-posinset={place + 1}
                >
                  {spoken(data, unit)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {hover && !hover.inPlot && (
        <RowTools hover={hover} marked={style.marked.has(hover.unit)} actions={actions} />
      )}
      {hover && <Tip about={hover.about} x={hover.x} y={hover.y} />}
    </div>
  );
}

/** The place that a key leads to, or null for other keys. */
function placeAfter(key: string, place: number, layout: RowsLayout, height: number): number | null {
  const page = Math.max(1, Math.floor(height / layout.rowHeight) - 1);
  const last = rowCount(layout) - 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + page,
    PageUp: place - page,
    Home: 0,
    End: last,
  };
  const wanted = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return wanted === undefined ? null : Math.max(0, Math.min(last, wanted));
}

/** Buttons on the row under the pointer, while it is not on the data; the keyboard has m, h and Enter. */
function RowTools({
  hover,
  marked,
  actions,
}: {
  readonly hover: Hover;
  readonly marked: boolean;
  readonly actions: RowActions;
}) {
  const { unit, top } = hover;
  return (
    <div class="row-tools" style={{ top: `${top}px` }}>
      <button
        type="button"
        tabIndex={-1}
        title={marked ? "Unmark (M)" : "Mark (M)"}
        onClick={() => actions.mark(unit)}
      >
        {marked ? "★" : "☆"}
      </button>
      <button type="button" tabIndex={-1} title="Hide (H)" onClick={() => actions.hide(unit)}>
        ⊘
      </button>
      <button
        type="button"
        tabIndex={-1}
        title="Open the unit (Enter)"
        onClick={() => actions.open(unit)}
      >
        ›
      </button>
    </div>
  );
}
