/** Of a double click the second acts only on what the first acted on: rows move when they are chosen. */

import { useEffect } from "preact/hooks";

const PRESSED = "button, label, a, summary, [role=option]";

interface Target {
  readonly element: Element | null;
  readonly words: string;
}

function targetOf(event: MouseEvent): Target {
  const element = event.target instanceof Element ? event.target.closest(PRESSED) : null;
  return { element, words: element?.getAttribute("aria-label") ?? element?.textContent ?? "" };
}

/** Keep second clicks on something else from anything under `root`. */
export function useSameTarget(root: EventTarget = document): void {
  useEffect(() => {
    let first: Target | null = null;
    const guard = (event: Event) => {
      if (!(event instanceof MouseEvent)) return;
      const target = targetOf(event);
      if (event.detail < 2) {
        first = target;
        return;
      }
      if (target.element === first?.element && target.words === first?.words) return;
      event.preventDefault();
      event.stopPropagation();
    };
    root.addEventListener("click", guard, { capture: true });
    return () => root.removeEventListener("click", guard, { capture: true });
  }, [root]);
}
