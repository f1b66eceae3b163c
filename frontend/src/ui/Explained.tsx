import type { ComponentChildren } from "preact";

interface Props {
  /** What is said of it. */
  readonly text: string | undefined;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** Words or a number with an explanation, which the keyboard reaches as well: see Explanations. */
export function Explained({ text, class: extra = "", children }: Props) {
  if (text === undefined) return <span class={extra}>{children}</span>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation shows while it has the focus
    <span class={`explained ${extra}`} title={text} tabIndex={0}>
      {children}
    </span>
  );
}
