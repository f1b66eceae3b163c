import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";

/** Shows an error of the page itself, and starts it again when asked. */
export function Failure({ children }: { readonly children: ComponentChildren }) {
  const [error, retry] = useErrorBoundary();
  if (!error) return <>{children}</>;
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
  return (
    <div class="message is-failed" role="alert">
      <strong>Something went wrong in the plugin</strong>
      <p>This is a bug, not a fault of your data. Please report the lines below.</p>
      <pre>{text}</pre>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
