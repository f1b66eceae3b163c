import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { largest } from "../../model/scale";
import { store, stored } from "../../model/stored";
import { Message } from "../../ui/Message";
import { RovingList } from "../../ui/RovingList";
import { Stat } from "../../ui/Stat";
import { useSize } from "../../ui/size";
import { VirtualList } from "../../ui/VirtualList";
import { ClassLine } from "./ClassLine";
import { type ClassRow, type ClassSort, SORTS, sortedRows } from "./classes";

interface Props {
  readonly rows: readonly ClassRow[];
  /** Keys and hues of the subsets shown, the chosen class first. */
  readonly shown: readonly { readonly key: string; readonly hue: number }[];
  /** What the score is called; null without labels. */
  readonly what: string | null;
  readonly isError: boolean;
  /** What similarity is measured in, and to. */
  readonly layer: string;
  readonly reference: string;
  readonly hovered: string | null;
  readonly onHover: (key: string | null) => void;
  readonly onChoose: (key: string, asSecond: boolean) => void;
  /** Told of the classes in sight. */
  readonly onSight: (keys: readonly string[]) => void;
}

const ROW = 36;
/** Of the subsets shown, those that stay on top. */
const PINNED = 2;

/** All classes: found by name, ordered, the chosen ones on top. */
export function ClassList(props: Props) {
  const { rows, shown, what, isError, layer, reference, hovered, onHover, onSight } = props;
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState<ClassSort>(
    () => SORTS.find((known) => known === stored("classes.sort", "")) ?? "similarity",
  );
  const { box, height } = useSize();
  const pinnedKeys = shown.slice(0, PINNED).map(({ key }) => key);
  const pinned = pinnedKeys.flatMap((key) => rows.find((row) => row.key === key) ?? []);
  const others = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const found = rows.filter(
      ({ key, name }) => !pinnedKeys.includes(key) && name.toLowerCase().includes(wanted),
    );
    return sortedRows(found, sort);
  }, [rows, search, sort, pinnedKeys.join("\n")]);
  const top = useMemo(() => largest(rows.map(({ probability }) => largest(probability))), [rows]);
  const { chosenBlock, chooseByHand } = useKeptFocus(props);
  const line = (row: ClassRow | undefined) => {
    const place = shown.findIndex(({ key }) => key === row?.key);
    return (
      row && (
        <ClassLine
          row={row}
          what={what}
          isError={isError}
          top={top}
          shown={place < 0 ? null : { place, hue: shown[place]?.hue ?? 0 }}
          reference={reference}
          hovered={row.key === hovered}
          onHover={onHover}
          onChoose={chooseByHand}
        />
      )
    );
  };
  return (
    <div class="class-list">
      <div class="class-tools">
        <input
          class="search"
          type="search"
          value={search}
          placeholder={
            rows.length === 1 ? "1 class" : `${rows.length.toLocaleString("en")} classes`
          }
          aria-label="Search classes"
          onInput={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && others[0]) chooseByHand(others[0].key, event.shiftKey);
            else if (event.key === "Escape" && search) setSearch("");
            else return;
            event.stopPropagation();
          }}
        />
        <SortChoice
          sort={sort}
          what={what}
          isError={isError}
          onSort={(chosen) => {
            setSort(chosen);
            store("classes.sort", chosen);
          }}
        />
      </div>
      <div class="class-line class-heads">
        <span class="class-main">
          <span>class</span>
          <span class="number">
            {what && <Stat of={isError ? "error" : "accuracy"}>{HEADS[what] ?? what}</Stat>}
          </span>
          {what ? <Stat of="confidence">conf.</Stat> : <span />}
          <Stat of="similarity">similarity</Stat>
        </span>
      </div>
      <div ref={chosenBlock} class="class-pinned">
        <RovingList>
          <ul aria-label="Selected classes">
            {pinned.map((row) => (
              <li key={row.key}>{line(row)}</li>
            ))}
          </ul>
        </RovingList>
      </div>
      <div class="class-rows" ref={box}>
        {others.length === 0 && search && (
          <Message title={`No ${pinned.length ? "other " : ""}matching classes`} />
        )}
        {height > 0 && (
          <VirtualList
            count={others.length}
            rowHeight={ROW}
            maxHeight={height}
            label="Classes"
            of={`${sort}\n${search}\n${pinnedKeys[0]}\n${layer}`}
            onSight={(first, last) => onSight(others.slice(first, last).map(({ key }) => key))}
            row={(place) => line(others[place])}
          />
        )}
      </div>
    </div>
  );
}

/** Orders that need labels. */
const SCORED: readonly ClassSort[] = ["highest", "lowest"];
const HEADS: Readonly<Record<string, string>> = { "mean absolute error": "error" };

/** A class that is chosen by hand moves to the top, and the focus with it. */
function useKeptFocus({ shown, onChoose }: Props) {
  const chosenBlock = useRef<HTMLDivElement>(null);
  const follows = useRef(false);
  const chosen = shown[0]?.key;
  useLayoutEffect(() => {
    if (follows.current) chosenBlock.current?.querySelector("button")?.focus();
    follows.current = false;
  }, [chosen]);
  const chooseByHand = (key: string, asSecond: boolean) => {
    const { activeElement } = document;
    follows.current = !asSecond && activeElement instanceof HTMLButtonElement;
    onChoose(key, asSecond);
  };
  return { chosenBlock, chooseByHand };
}

interface SortProps {
  readonly sort: ClassSort;
  /** What the score is called; null without labels. */
  readonly what: string | null;
  readonly isError: boolean;
  readonly onSort: (sort: ClassSort) => void;
}

function SortChoice({ sort, what, isError, onSort }: SortProps) {
  const titles: Readonly<Record<ClassSort, string>> = {
    similarity: "most similar first",
    highest: `${isError ? "largest" : "highest"} ${what} first`,
    lowest: `${isError ? "smallest" : "lowest"} ${what} first`,
    name: "by name",
    inputs: "most inputs first",
  };
  return (
    <select
      aria-label="Sort classes"
      value={sort}
      onChange={(event) =>
        onSort(SORTS.find((known) => known === event.currentTarget.value) ?? "similarity")
      }
    >
      {SORTS.filter((known) => what || !SCORED.includes(known)).map((known) => (
        <option key={known} value={known}>
          {titles[known]}
        </option>
      ))}
    </select>
  );
}
