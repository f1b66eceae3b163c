import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";

/** Asks again for everything that has failed. */
export const Retry = createContext<(() => void) | null>(null);

interface Props {
  readonly title: string;
  readonly children?: ComponentChildren;
  /** Lines of code that would log what is missing. */
  readonly code?: string;
  readonly kind?: "empty" | "loading" | "failed";
}

/** A state without data, which says what it is and what to do; a failed one can be tried again. */
export function Message({ title, children, code, kind = "empty" }: Props) {
  const retry = useContext(Retry);
  return (
    <div class={`message is-${kind}`} role={kind === "failed" ? "alert" : "status"}>
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {code && (
        <pre>
          <code>{code}</code>
        </pre>
      )}
      {kind === "failed" && retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
