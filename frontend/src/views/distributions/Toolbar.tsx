import type { Sort, Term } from "../../model/shown";
import { ViewTools } from "../../panels/ViewTools";
import type { Savable } from "../../plot/saving";
import { Check, Choice } from "../../ui/tools";
import type { DistributionOptions } from "./options";
import { type NamedTerm, ofSubsets, sameTerm, sortBy } from "./terms";

interface Props {
  readonly sort: Sort;
  readonly available: readonly NamedTerm[];
  readonly options: DistributionOptions;
  readonly hasB: boolean;
  /** What is wrong with the search, or null. */
  readonly searchProblem: string | null;
  readonly onOptions: (changes: Partial<DistributionOptions>) => void;
  readonly savable: () => Savable;
}

/** How the panels are sorted and drawn; all of them at once. */
export function Toolbar({
  sort,
  available,
  options,
  hasB,
  searchProblem,
  onOptions,
  savable,
}: Props) {
  return (
    <ViewTools label="Distributions" savable={savable}>
      <SortControls
        sort={sort}
        available={available}
        onSort={(next) => onOptions({ sort: next })}
      />
      <Choice
        label="X axis"
        value={options.axis}
        choices={["own", "shared"]}
        names={{ own: "Per-unit axis", shared: "Shared axis" }}
        onChoose={(axis) => onOptions({ axis })}
      />
      <Choice
        label="Scale"
        value={options.scale}
        choices={["linear", "symlog"]}
        names={{ linear: "Linear", symlog: "Symmetric log" }}
        onChoose={(scale) => onOptions({ scale })}
      />
      <Choice
        label="Subjects"
        value={options.stacking}
        choices={["overlay", "stacked"]}
        names={{ overlay: "Overlaid", stacked: "Stacked" }}
        onChoose={(stacking) => onOptions({ stacking })}
      />
      {hasB && (
        <Choice
          label="A and B"
          value={options.comparison}
          choices={["beside", "minus"]}
          names={{ beside: "A beside B", minus: "A minus B" }}
          onChoose={(comparison) => onOptions({ comparison })}
        />
      )}
      <Check
        label="Marked only"
        checked={options.markedOnly}
        onChange={(markedOnly) => onOptions({ markedOnly })}
      />
      <input
        class="search units"
        type="search"
        value={options.search}
        placeholder="3, 40-52 or a name"
        aria-label="Search units by index or name"
        aria-invalid={searchProblem !== null}
        title={searchProblem ?? "Indices and ranges, such as 3, 17, 40-52, or part of a name"}
        onInput={(event) => onOptions({ search: event.currentTarget.value })}
      />
      {searchProblem && (
        <span class="warning" role="alert">
          {searchProblem}
        </span>
      )}
    </ViewTools>
  );
}

const KINDS: Readonly<Record<Sort["by"], string>> = {
  divergence: "divergence (W₁)",
  difference: "difference",
  value: "activation",
  dead: "dead units first",
  index: "unit index",
};

interface SortProps {
  readonly sort: Sort;
  readonly available: readonly NamedTerm[];
  readonly onSort: (sort: Sort) => void;
}

function SortControls({ sort, available, onSort }: SortProps) {
  const subsets = available.filter(({ term }) => term.kind === "subset");
  const possible: Readonly<Record<Sort["by"], boolean>> = {
    divergence: subsets.length > 1,
    difference: available.length > 1,
    value: available.length > 0,
    dead: subsets.length > 0,
    index: true,
  };
  const kinds = (Object.keys(KINDS) as Sort["by"][]).filter((by) => possible[by]);
  const offered = ofSubsets(sort.by) ? subsets : available;
  return (
    <span class="sort">
      <label>
        Sort by{" "}
        <select
          value={sort.by}
          onChange={(event) =>
            onSort(sortBy(event.currentTarget.value as Sort["by"], sort, available))
          }
        >
          {kinds.map((by) => (
            <option key={by} value={by}>
              {KINDS[by]}
            </option>
          ))}
        </select>
      </label>
      {sort.by !== "index" && (
        <TermSelect
          label={sort.by === "dead" ? "then by zeros of" : "of"}
          value={sort.of}
          offered={offered}
          onChoose={(of) => onSort({ ...sort, of })}
        />
      )}
      {sort.by === "difference" && "minus"}
      {sort.by === "divergence" && "from"}
      {(sort.by === "difference" || sort.by === "divergence") && (
        <TermSelect
          label="from"
          value={sort.from}
          offered={offered}
          onChoose={(from) => onSort({ ...sort, from })}
        />
      )}
      <button
        type="button"
        aria-label={sort.descending ? "descending; sort ascending" : "ascending; sort descending"}
        title={sort.descending ? "Largest first" : "Smallest first"}
        onClick={() => onSort({ ...sort, descending: !sort.descending })}
      >
        {sort.descending ? "↓" : "↑"}
      </button>
    </span>
  );
}

interface TermSelectProps {
  readonly label: string;
  readonly value: Term;
  readonly offered: readonly NamedTerm[];
  readonly onChoose: (term: Term) => void;
}

function TermSelect({ label, value, offered, onChoose }: TermSelectProps) {
  const group = (kind: Term["kind"], title: string) => {
    const entries = offered
      .map((entry, index) => ({ ...entry, index }))
      .filter(({ term }) => term.kind === kind);
    return (
      entries.length > 0 && (
        <optgroup label={title}>
          {entries.map(({ name, index }) => (
            <option key={index} value={String(index)}>
              {name}
            </option>
          ))}
        </optgroup>
      )
    );
  };
  return (
    <select
      aria-label={`sort ${label}`}
      value={String(offered.findIndex(({ term }) => sameTerm(term, value)))}
      onChange={(event) => {
        const chosen = offered[Number(event.currentTarget.value)];
        if (chosen) onChoose(chosen.term);
      }}
    >
      {group("subset", "median of")}
      {group("instance", "activation of")}
    </select>
  );
}
