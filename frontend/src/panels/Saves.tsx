import { useRef } from "preact/hooks";
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

/** Buttons that save what stands around them as it is on screen, and its numbers. */
export function Saves({ savable, of, formats }: Props) {
  const here = useRef<HTMLSpanElement>(null);
  return (
    <span ref={here}>
      <Exports
        {...(formats && { formats })}
        onExport={(format) => {
          const element = here.current?.closest(of);
          if (element) save(format, savable(), element);
        }}
      />
    </span>
  );
}
