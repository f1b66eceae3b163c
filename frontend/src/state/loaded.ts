/** What is asked of the backend once for many places of the page, as signals. */

import { type Signal, signal } from "@preact/signals";
import { revision } from "./store";

interface Entry {
  readonly value: Signal<unknown>;
  /** The reload at which it was asked. */
  readonly at: number;
  readonly failed: Signal<boolean>;
}

const entries = new Map<string, Entry>();

/**
 * What `load` has brought under a key, null so far; reading it in a component or an effect subscribes. After
 * a reload what failed is asked again, with `renewed` everything is; what was there stays until then.
 */
export function loaded<T>(
  key: readonly (string | number)[],
  load: () => Promise<T>,
  renewed = false,
): T | null {
  const name = JSON.stringify(key);
  const known = entries.get(name);
  const at = revision.value;
  if (known && (known.at === at || !(renewed || known.failed.value)))
    return known.value.value as T | null;
  const entry: Entry = { value: known?.value ?? signal(null), at, failed: signal(false) };
  entries.set(name, entry);
  load().then(
    (value) => {
      if (entries.get(name) === entry) entry.value.value = value;
    },
    () => {
      entry.failed.value = true;
    },
  );
  return entry.value.value as T | null;
}
