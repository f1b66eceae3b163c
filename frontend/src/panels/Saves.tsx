import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Savable } from "../plot/saving";
import { Exports, type Format } from "../ui/Exports";
import { save } from "./save";

interface Props {
  readonly savable: () => Savable;
  /** All where none is said. */
  readonly formats?: readonly Format[];
  /** What of the elements around it is drawn: the nearest that fits. */
  readonly of: string;
}

/** Buttons that save what stands around them as it is on screen, and its numbers, once all of it has come. */
export function Saves({ savable, of, formats }: Props) {
  const here = useRef<HTMLSpanElement>(null);
  const latest = useRef(savable);
  const [waiting, setWaiting] = useState<Format | null>(null);
  useLayoutEffect(() => {
    latest.current = savable;
  });
  const shown = () => {
    const element = here.current?.closest(of);
    return element ? { element, savable: latest.current() } : null;
  };
  return (
    <span ref={here}>
      <Exports
        {...(formats && { formats })}
        waiting={waiting}
        onExport={async (format) => {
          setWaiting(format);
          await save(format, shown);
          setWaiting(null);
        }}
      />
    </span>
  );
}
