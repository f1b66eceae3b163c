import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Fold } from "../ui/fold";
import { Icon } from "../ui/Icon";
import { type Tab, Tabs } from "../ui/Tabs";

interface Props {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly rail: Fold;
  readonly onChoose: (id: string) => void;
  readonly children: ComponentChildren;
}

/** The rail's button, the views' tabs, and what concerns the whole page at the right. */
export function Header({ tabs, chosen, rail, onChoose, children }: Props) {
  useEffect(() => {
    // in a narrow window not all tabs are in sight
    document
      .getElementById(`tab-${chosen}`)
      ?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  const label = rail.open ? "Close the rail" : "Open the rail";
  return (
    <header class="header">
      <h1 class="visually-hidden">Neural</h1>
      <button
        type="button"
        class="icon"
        aria-expanded={rail.open}
        aria-controls="rail"
        aria-label={label}
        title={label}
        onClick={rail.toggle}
      >
        <Icon name="rail" />
      </button>
      <Tabs tabs={tabs} chosen={chosen} label="Views" panel="view" onChoose={onChoose} />
      <div class="header-tools">{children}</div>
    </header>
  );
}
