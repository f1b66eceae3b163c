import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  readonly count: number;
  /** Height of every row, in pixels. */
  readonly rowHeight: number;
  /** The list scrolls beyond this height, in pixels. */
  readonly maxHeight: number;
  readonly label: string;
  /** What the rows show; when it changes, the list starts at the top again. */
  readonly of: string;
  readonly row: (index: number) => ComponentChildren;
}

const BEYOND = 4;

/** A list of which only the rows in sight exist. */
export function VirtualList({ count, rowHeight, maxHeight, label, of, row }: Props) {
  const [top, setTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = 0;
    setTop(0);
  }, [of]);
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(count, Math.ceil((top + maxHeight) / rowHeight) + BEYOND);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  return (
    <div
      class="virtual-list"
      ref={list}
      style={{ height: `${Math.min(maxHeight, count * rowHeight)}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <ul style={{ height: `${count * rowHeight}px` }} aria-label={label}>
        {rows.map((index) => (
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
