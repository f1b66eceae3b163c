import type { ComponentChildren } from "preact";
import type { Savable } from "../plot/saving";
import { Saves } from "./Saves";

interface Props {
  /** Whose tools they are. */
  readonly label: string;
  /** Numbers of what is on screen, for files; null while there is nothing. */
  readonly savable: (() => Savable) | null;
  readonly children?: ComponentChildren;
}

/** The toolbar of a view: its own controls, and files of what it shows. */
export function ViewTools({ label, savable, children }: Props) {
  return (
    <div class="view-tools" role="toolbar" aria-label={label}>
      {children}
      {savable && <Saves savable={savable} of=":has(> .view-tools)" />}
    </div>
  );
}
