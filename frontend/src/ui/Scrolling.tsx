import type { ComponentChildren } from "preact";

interface Props {
  readonly class: string;
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A part of the page that scrolls by itself, by the keyboard too. */
export function Scrolling({ class: kind, label, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class={kind} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
