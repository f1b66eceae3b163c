import type { ComponentChildren } from "preact";

export interface Tab {
  readonly id: string;
  readonly title: string;
}

interface Props {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  readonly children: ComponentChildren;
}

/** The views' tabs, and what concerns the whole page at the right. */
export function Header({ tabs, chosen, onChoose, children }: Props) {
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const present = tabs.findIndex((tab) => tab.id === chosen);
    const next = step && tabs[(present + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <header class="header">
      <h1 class="visually-hidden">Neural</h1>
      <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === chosen}
            aria-controls="view"
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="header-tools">{children}</div>
    </header>
  );
}
