/** What stands beside the picture and can be closed: it stays as it was left, and is closed in narrow windows. */

import { useEffect, useState } from "preact/hooks";
import { store, stored } from "../model/stored";

const NARROW = "(width < 900px)";

/** Whether the window is too narrow for anything beside the picture. */
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const follow = () => setNarrow(query.matches);
    follow();
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return narrow;
}

export interface Fold {
  readonly open: boolean;
  readonly toggle: () => void;
}

/** Whether it is open, by the name under which that is kept; a narrow window opens it for this visit only. */
export function useFold(name: string): Fold {
  const narrow = useNarrow();
  const [wide, setWide] = useState(() => stored(name, true));
  const [over, setOver] = useState(false);
  useEffect(() => setOver(false), [narrow]);
  if (narrow) return { open: over, toggle: () => setOver(!over) };
  const toggle = () => {
    setWide(!wide);
    store(name, !wide);
  };
  return { open: wide, toggle };
}
