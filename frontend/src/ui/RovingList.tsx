import type { ComponentChildren } from "preact";
import { controls, type Lines, useRoving } from "./roving";

const PAGE = 10;

/** A list, or blocks of lists, that is one tab stop. */
export function RovingList({ children }: { readonly children: ComponentChildren }) {
  const { list, onKeyDown, onFocusIn } = useRoving<HTMLDivElement>(linesIn);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its controls are pressed, it only moves between them
    <div ref={list} onKeyDown={onKeyDown} onFocusIn={onFocusIn}>
      {children}
    </div>
  );
}

/** The lines that have something to press; those of folded blocks are left out. */
function linesIn(list: HTMLElement): Lines {
  const found = [...list.querySelectorAll("summary, li")].filter(
    (line) =>
      controls(line).length > 0 &&
      (line.matches("summary") || !line.closest("details:not([open])")),
  );
  return {
    count: found.length,
    page: PAGE,
    at: (line) => found[line] ?? null,
    indexOf: (element) => found.findIndex((line) => line.contains(element)),
    reveal: () => {},
  };
}
