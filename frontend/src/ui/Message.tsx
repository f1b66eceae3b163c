import type { ComponentChildren } from "preact";

interface Props {
  readonly title: string;
  readonly children?: ComponentChildren;
  /** Lines of code that would log what is missing. */
  readonly code?: string;
  readonly kind?: "empty" | "loading" | "failed";
}

/** A state without data, which says what it is and what to do. */
export function Message({ title, children, code, kind = "empty" }: Props) {
  return (
    <div class={`message is-${kind}`} role={kind === "failed" ? "alert" : "status"}>
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {code && (
        <pre>
          <code>{code}</code>
        </pre>
      )}
    </div>
  );
}
