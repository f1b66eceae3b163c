import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { store, stored } from "../model/stored";
import { Icon } from "./Icon";

interface Props {
  readonly title: string;
  /** Such as `2 of 13`, beside the title. */
  readonly count?: string;
  /** What the search says while it is empty; without it there is no search. */
  readonly searchLabel?: string;
  /** Further controls in the heading line. */
  readonly tools?: ComponentChildren;
  readonly children: (search: string) => ComponentChildren;
}

/** A part of the rail that can be folded and searched; it stays as it was left. */
export function Section({ title, count, searchLabel, tools, children }: Props) {
  const [open, setOpen] = useState(() => stored(`section.${title}`, true));
  const [search, setSearch] = useState("");
  const [searching, setSearching] = useState(false);
  const id = `section-${title.toLowerCase()}`;
  const fold = () => {
    setOpen(!open);
    store(`section.${title}`, !open);
  };
  const toggleSearch = () => {
    if (searching) setSearch("");
    setSearching(!searching);
  };
  return (
    <section class="section" aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>
          <button type="button" class="fold" aria-expanded={open} aria-controls={id} onClick={fold}>
            <span class="fold-mark" aria-hidden="true" />
            {title}
          </button>
        </h2>
        {count && <span class="count">{count}</span>}
        <span class="section-tools">
          {open && tools}
          {open && searchLabel && (
            <button
              type="button"
              class="icon"
              aria-label={`Search ${title.toLowerCase()}`}
              aria-pressed={searching}
              title={`Search ${title.toLowerCase()}`}
              onClick={toggleSearch}
            >
              <Icon name="search" />
            </button>
          )}
        </span>
      </div>
      {open && searching && searchLabel && (
        <input
          class="search"
          type="search"
          value={search}
          placeholder={searchLabel}
          aria-label={searchLabel}
          ref={(element) => element?.focus()}
          onInput={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") toggleSearch();
          }}
        />
      )}
      <div id={id} hidden={!open}>
        {open && children(searching ? search : "")}
      </div>
    </section>
  );
}
