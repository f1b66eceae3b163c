import { useMemo, useState } from "preact/hooks";
import { keyAt } from "../../stage/pick";
import type { useCamera } from "../../stage/useCamera";
import type { GraphLayout } from "./layout";
import { inRow, towards } from "./paths";
import {
  litBy,
  type Pointed,
  pinnedIn,
  pointedBy,
  samePoint,
  stillThere,
  turned,
} from "./pointing";
import type { GraphScene } from "./scene";

type View = ReturnType<typeof useCamera>;

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

/** Pointer and keyboard in the picture: what is pointed at, lit and pinned, and which node the tab key leads to. */
export function usePointing(scene: GraphScene, layout: GraphLayout, view: View) {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [stop, setStop] = useState<string | null>(null);
  const pinned = pinnedIn(scene);
  const seen = stillThere(pointed, scene);
  const lit = useMemo(() => litBy(seen, pinned, scene), [seen, pinned, scene]);
  const first = inRow(scene, layout, 0)[0] ?? [...scene.nodes.keys()][0];
  const tabStop = [stop, pinned, first].find((key) => key && scene.nodes.has(key)) ?? null;
  const go = (key: string) => {
    const place = layout.at.get(key);
    setStop(key);
    if (place) view.reveal(place);
    const buttons = view.frame.ref.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [];
    [...buttons].find(({ dataset }) => dataset.key === key)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyAt(event.target);
    const next = event.shiftKey ? turned(seen, event.key) : null;
    if (next) setPointed(next);
    else if (key && ARROWS.includes(event.key)) {
      const neighbour = towards(event.key, key, scene, layout);
      if (neighbour) go(neighbour);
    } else if (!view.press(event.key)) return;
    event.preventDefault();
  };
  const point = (event: PointerEvent) => {
    const next = pointedBy(event, scene);
    if (!samePoint(next, seen)) setPointed(next);
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    const key = keyAt(target);
    if (!key) return;
    setStop(key);
    if ((target as Element).matches(":focus-visible")) setPointed({ kind: "node", key, facet: 0 });
  };
  const away = () => setPointed(null);
  return {
    seen,
    lit,
    pinned,
    tabStop,
    handlers: {
      onKeyDown,
      onFocusIn,
      onFocusOut: away,
      onPointerOver: point,
      onPointerLeave: away,
      onPointerMove: (event: PointerEvent) => {
        view.frame.onPointerMove(event);
        if (event.buttons === 0) point(event);
      },
    },
  };
}
