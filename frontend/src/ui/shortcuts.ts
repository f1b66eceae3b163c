/**
 * Keys that act wherever they are pressed, unless something is being typed. Those of a single character can
 * be switched off, as they may be pressed unawares by who speaks to the computer.
 */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { store, stored } from "../model/stored";

const TYPING = "input:not([type=checkbox]):not([type=range]), select, textarea, dialog";
const SETTING = "shortcuts";

const enabled = signal(stored(SETTING, true));

/** Whether keys of a single character act; reading it in a component subscribes. */
export const shortcutsEnabled = (): boolean => enabled.value;

export function enableShortcuts(enable: boolean): void {
  enabled.value = enable;
  store(SETTING, enable);
}

/** Call the action of a key while the component is there. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.length === 1 && !enabled.peek()) return;
      if (event.target instanceof Element && event.target.closest(TYPING)) return;
      if (Object.hasOwn(latest.current, event.key)) latest.current[event.key]?.();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
