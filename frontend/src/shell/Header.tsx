import type { ComponentChildren } from "preact";
import { type Tab, Tabs } from "../ui/Tabs";

interface Props {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  readonly children: ComponentChildren;
}

/** The views' tabs, and what concerns the whole page at the right. */
export function Header({ tabs, chosen, onChoose, children }: Props) {
  return (
    <header class="header">
      <h1 class="visually-hidden">Neural</h1>
      <Tabs tabs={tabs} chosen={chosen} label="Views" panel="view" onChoose={onChoose} />
      <div class="header-tools">{children}</div>
    </header>
  );
}
