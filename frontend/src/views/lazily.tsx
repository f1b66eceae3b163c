import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Message, Retry } from "../ui/Message";

type Component<P> = (props: P) => JSX.Element | null;

/** Show a component whose module is loaded when it is first shown. */
export function lazily<P extends object>(load: () => Promise<Component<P>>): Component<P> {
  let Loaded: Component<P> | null = null;
  return function Lazily(props: P) {
    const [tries, setTries] = useState(0);
    const [seen, setSeen] = useState({ tries, failed: false });
    useEffect(() => {
      if (Loaded) return;
      let shown = true;
      const settle = (failed: boolean) => shown && setSeen({ tries, failed });
      load().then(
        (component) => {
          Loaded = component;
          settle(false);
        },
        () => settle(true),
      );
      return () => {
        shown = false;
      };
    }, [tries]);
    if (Loaded) return <Loaded {...props} />;
    if (!seen.failed || seen.tries !== tries) return <Message kind="loading" title="Loading…" />;
    return (
      <Retry.Provider value={() => setTries(tries + 1)}>
        <Message kind="failed" title="The code of this view could not be loaded">
          TensorBoard does not answer, or the plugin was updated: then reload the browser tab.
        </Message>
      </Retry.Provider>
    );
  };
}
