/** Asking the backend from a component. */

import { useEffect, useState } from "preact/hooks";
import type { Remote } from "../api/types";
import { visible } from "./store";

const LOADING = { state: "loading", value: null } as const;

/**
 * The answer to `ask`, asked again whenever `key` changes; `null` asks for nothing. An answer that comes
 * after the key has changed is dropped, and the previous one stays in sight until then. While the tab is out
 * of sight nothing is asked and nothing changes.
 */
export function useRemote<T>(key: string | null, ask: () => Promise<T>): Remote<T> {
  const [answer, setAnswer] = useState<Remote<T>>(LOADING);
  const inSight = visible.value;
  useEffect(() => {
    if (!inSight) return;
    if (key === null) {
      setAnswer(LOADING);
      return;
    }
    let stale = false;
    setAnswer(({ value }) => ({ state: "loading", value }));
    ask().then(
      (value) => {
        if (!stale) setAnswer({ state: "ready", value });
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (!stale) setAnswer(({ value }) => ({ state: "failed", value, message }));
      },
    );
    return () => {
      stale = true;
    };
  }, [key, inSight]);
  return answer;
}
