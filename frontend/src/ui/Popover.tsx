import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly button: ComponentChildren;
  readonly class?: string;
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button that opens a small panel under it; Escape or a press elsewhere closes it. */
export function Popover({ label, button, class: extra = "", children }: Props) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const under = opener.current?.getBoundingClientRect();
    if (!open || !panel.current || !under) return;
    panel.current.style.top = `${under.bottom + 4}px`;
    panel.current.style.right = `${Math.max(4, document.documentElement.clientWidth - under.right)}px`;
  }, [open]);
  return (
    <div class={`popover ${extra}`}>
      <button
        type="button"
        ref={opener}
        class="icon"
        aria-label={label}
        title={label}
        aria-expanded={open}
        popovertarget={id}
      >
        {button}
      </button>
      <div
        class="popover-panel"
        id={id}
        ref={panel}
        popover="auto"
        onToggle={({ newState }) => setOpen(newState === "open")}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </div>
  );
}
