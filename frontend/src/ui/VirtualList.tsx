import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { useRoving } from "./roving";

interface Props {
  readonly count: number;
  /** Height of every row, in pixels. */
  readonly rowHeight: number;
  /** The list scrolls beyond this height, in pixels. */
  readonly maxHeight: number;
  readonly label: string;
  /** What the rows show; when it changes, the list starts at the top again. */
  readonly of: string;
  /** Told of the rows in sight: the first, and the one after the last. */
  readonly onSight?: (first: number, last: number) => void;
  readonly row: (index: number) => ComponentChildren;
}

const BEYOND = 4;

/** A list of which only the rows in sight exist, and the one with the list's tab stop. */
export function VirtualList({ count, rowHeight, maxHeight, label, of, onSight, row }: Props) {
  const [top, setTop] = useState(0);
  const page = Math.max(1, Math.floor(maxHeight / rowHeight) - 1);
  const { list, current, restart, ...keys } = useRoving<HTMLDivElement>((element) => ({
    count,
    page,
    at: (line) => element.querySelector(`[aria-posinset="${line + 1}"]`),
    indexOf: (inside) => Number(inside.closest("li")?.getAttribute("aria-posinset") ?? 0) - 1,
    reveal: (line) => {
      const highest = (line + 1) * rowHeight - maxHeight;
      element.scrollTop = Math.max(highest, Math.min(element.scrollTop, line * rowHeight));
      setTop(element.scrollTop);
    },
  }));
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = 0;
    setTop(0);
    restart();
  }, [of]);
  const [highest, lowest] = [Math.floor(top / rowHeight), Math.ceil((top + maxHeight) / rowHeight)];
  useEffect(() => onSight?.(highest, Math.min(count, lowest)), [highest, lowest, count, of]);
  const first = Math.max(0, highest - BEYOND);
  const last = Math.min(count, lowest + BEYOND);
  const inSight = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  const stop = Math.min(current(), count - 1);
  const rows = stop < first || stop >= last ? [...inSight, stop] : inSight;
  return (
    <div
      class="virtual-list"
      ref={list}
      style={{ height: `${Math.min(maxHeight, count * rowHeight)}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      {...keys}
    >
      <ul style={{ height: `${count * rowHeight}px` }} aria-label={label}>
        {rows
          .filter((index) => index >= 0)
          .sort((one, other) => one - other)
          .map((index) => (
            <li
              key={index}
              style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
              aria-setsize={count}
              aria-posinset={index + 1}
            >
              {row(index)}
            </li>
          ))}
      </ul>
    </div>
  );
}
