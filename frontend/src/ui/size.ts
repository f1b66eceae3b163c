import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** The size of an element in whole pixels, followed as it changes; 0 until it is known. */
export function useSize<E extends HTMLElement = HTMLDivElement>(): {
  readonly box: RefObject<E | null>;
  readonly width: number;
  readonly height: number;
} {
  const box = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, ...size };
}
