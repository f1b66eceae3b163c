/** Lists of controls are one tab stop each: arrow keys, Home, End and Page keys move within. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const CONTROLS = "button:not(:disabled), input:not(:disabled), summary, .explained";

/** The lines of a list; a line may hold several controls. */
export interface Lines {
  readonly count: number;
  /** Lines that a Page key moves by. */
  readonly page: number;
  /** The element of a line, or null where it does not exist yet. */
  readonly at: (line: number) => Element | null;
  readonly indexOf: (element: Element) => number;
  /** Bring a line into sight. */
  readonly reveal: (line: number) => void;
}

interface Roving<E extends HTMLElement> {
  readonly list: RefObject<E | null>;
  /** The line with the tab stop, which must exist. */
  readonly current: () => number;
  /** Put the tab stop at the first line again. */
  readonly restart: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocusIn: (event: FocusEvent) => void;
}

/** Make a list one tab stop: the control that had the focus last, or the first. */
export function useRoving<E extends HTMLElement>(linesOf: (list: E) => Lines): Roving<E> {
  const list = useRef<E>(null);
  const current = useRef({ line: 0, control: 0 });
  const wanted = useRef(false);
  const settle = () => {
    const element = list.current;
    if (!element) return;
    const lines = linesOf(element);
    current.current.line = Math.max(0, Math.min(current.current.line, lines.count - 1));
    const own = controls(lines.at(current.current.line));
    const stop = own[Math.min(current.current.control, own.length - 1)];
    const all = controls(element);
    for (const control of all) control.tabIndex = control === (stop ?? all[0]) ? 0 : -1;
    if (!wanted.current || !stop) return;
    wanted.current = false;
    if (document.activeElement !== own[0]) own[0]?.focus();
    stop.focus();
  };
  useLayoutEffect(settle);
  const restart = () => {
    current.current = { line: 0, control: 0 };
    settle();
  };
  const go = (lines: Lines, line: number, control: number) => {
    wanted.current = true;
    current.current = { line, control };
    lines.reveal(line);
    settle();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const element = list.current;
    if (!element || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const lines = linesOf(element);
    const { line, control } = current.current;
    const beside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = lineAfter(event.key, line, lines);
    if (next !== null) go(lines, next, control);
    else if (beside) {
      const last = controls(lines.at(line)).length - 1;
      go(lines, line, Math.max(0, Math.min(control + beside, last)));
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.target.click();
    } else return;
    event.preventDefault();
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    if (!list.current || !(target instanceof HTMLElement)) return;
    const lines = linesOf(list.current);
    const line = lines.indexOf(target);
    const control = controls(lines.at(line)).indexOf(target);
    if (control < 0) return;
    current.current = { line, control };
    settle();
  };
  return { list, current: () => current.current.line, restart, onKeyDown, onFocusIn };
}

export function controls(line: Element | null): readonly HTMLElement[] {
  const found = [...(line?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])];
  return line?.matches(CONTROLS) ? [line as HTMLElement, ...found] : found;
}

/** The line that a key leads to, or null for other keys. */
function lineAfter(key: string, line: number, { count, page }: Lines): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowUp: line - 1,
    ArrowDown: line + 1,
    PageUp: line - page,
    PageDown: line + page,
    Home: 0,
    End: count - 1,
  };
  if (!Object.hasOwn(targets, key)) return null;
  return Math.max(0, Math.min(targets[key] ?? 0, count - 1));
}
