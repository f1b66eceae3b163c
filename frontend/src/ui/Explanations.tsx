import { useEffect, useState } from "preact/hooks";
import { beside, Floating, windowSize } from "./Floating";

/** Milliseconds that a finger rests on something to have it explained. */
const HOLD = 500;
const CONTROL = "button, input, select, a, summary, label";

interface Shown {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/**
 * Shows the `title` of what the keyboard is at, and of what a finger holds or taps that is no control: a
 * browser shows it for a mouse only. Escape hides it.
 */
export function Explanations() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    let timer = 0;
    const hide = () => {
      clearTimeout(timer);
      setShown(null);
    };
    const explain = (target: EventTarget | null) => {
      const about = target instanceof Element ? target.closest<HTMLElement>("[title]") : null;
      if (!about?.title) return;
      const { left, bottom } = about.getBoundingClientRect();
      setShown({ text: about.title, x: left, y: bottom + 4 });
    };
    const onFocus = ({ target }: FocusEvent) => {
      hide();
      if (target instanceof Element && target.matches(":focus-visible")) explain(target);
    };
    const onDown = ({ target, pointerType }: PointerEvent) => {
      hide();
      if (pointerType !== "touch" || !(target instanceof Element)) return;
      timer = window.setTimeout(explain, target.closest(CONTROL) ? HOLD : 0, target);
    };
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "Escape") hide();
    };
    const release = () => clearTimeout(timer);
    const listeners = {
      focusin: onFocus,
      focusout: hide,
      pointerdown: onDown,
      pointerup: release,
      pointercancel: release,
      keydown: onKey,
      scroll: hide,
    };
    const all = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of all) document.addEventListener(name, listener, true);
    return () => {
      hide();
      for (const [name, listener] of all) document.removeEventListener(name, listener, true);
    };
  }, []);
  return (
    shown && (
      <Floating
        key={`${shown.x} ${shown.y}`}
        class="explanation"
        place={(card) => beside(card, shown, 0, windowSize())}
      >
        {shown.text}
      </Floating>
    )
  );
}
