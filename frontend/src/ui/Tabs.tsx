export interface Tab {
  readonly id: string;
  readonly title: string;
}

interface Props {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly label: string;
  /** Id of the element that the tabs change; a tab's own id is `tab-` and its name. */
  readonly panel: string;
  readonly onChoose: (id: string) => void;
}

/** Tabs, one tab stop: the arrow keys go from one to the next. */
export function Tabs({ tabs, chosen, label, panel, onChoose }: Props) {
  const move = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const present = tabs.findIndex((tab) => tab.id === chosen);
    const next = step && tabs[(present + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === chosen}
          aria-controls={panel}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
