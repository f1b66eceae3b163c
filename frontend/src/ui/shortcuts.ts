import { useEffect, useRef } from "preact/hooks";

const TYPING = "input:not([type=checkbox]):not([type=range]), select, textarea, dialog";

/** Call the action of a key wherever it is pressed, unless something is being typed. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TYPING)) return;
      if (Object.hasOwn(latest.current, event.key)) latest.current[event.key]?.();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
