import type { ComponentChildren } from "preact";
import type { Savable } from "../plot/saving";
import { Exports } from "../ui/Exports";
import { save } from "./save";

interface Props {
  /** Whose tools they are. */
  readonly label: string;
  /** What is on screen, for files; null while there is nothing. */
  readonly savable: (() => Savable) | null;
  readonly children?: ComponentChildren;
}

/** The toolbar of a view: its own controls, and files of what it shows. */
export function ViewTools({ label, savable, children }: Props) {
  return (
    <div class="view-tools" role="toolbar" aria-label={label}>
      {children}
      {savable && <Exports onExport={(format) => save(format, savable())} />}
    </div>
  );
}
