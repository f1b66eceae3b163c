import { useState } from "preact/hooks";
import type { Model } from "../../api/schema";
import { download } from "../../plot/saving";
import * as state from "../../state/store";
import { exportNames, importNames, type NamedUnit } from "../../state/unitNames";
import { Name } from "../../ui/Name";
import { VirtualList } from "../../ui/VirtualList";

interface Props {
  readonly model: Model;
  readonly names: readonly NamedUnit[];
  /** Where names are kept. */
  readonly note: string;
}

const ROW = 24;
const TALLEST = 192;
/** Larger files are no names of units. */
const LARGEST_FILE = 10_000_000;

/** All named units of a run: to find, to open, and to carry to another browser. */
export function NameList({ model, names, note }: Props) {
  const [search, setSearch] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const wanted = search.trim().toLowerCase();
  const found = names.filter(({ layer, unit, name }) =>
    `${name}\n${layer}\n${unit}`.toLowerCase().includes(wanted),
  );
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      if (file.size > LARGEST_FILE)
        throw new Error(`${file.name} is too large for a list of names`);
      const { taken, unknown } = importNames(model, await file.text());
      const names = taken === 1 ? "1 name" : `${taken} names`;
      state.status.value = `${names} imported${unknown ? `, ${unknown} skipped: no such units` : ""}`;
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div class="name-list">
      <div class="name-tools">
        <input
          class="search"
          type="search"
          value={search}
          placeholder="Name, layer or unit"
          aria-label="Search names"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <button
          type="button"
          disabled={names.length === 0}
          title={`Save all names as JSON for summary_ops.annotate_units. ${note}`}
          onClick={() => download("unit-names.json", new Blob([exportNames(model)]))}
        >
          Export
        </button>
        <label
          class="file"
          title={`Load names from a JSON file; they replace names given here. ${note}`}
        >
          Import
          <input
            type="file"
            accept="application/json,.json"
            onChange={(event) => {
              const field = event.currentTarget;
              void take(field.files?.[0]).then(() => {
                field.value = "";
              });
            }}
          />
        </label>
      </div>
      {problem && (
        <p class="warning" role="alert">
          {problem}
        </p>
      )}
      {found.length === 0 && (
        <p class="faint">{names.length ? "No matching names" : "No named units yet"}</p>
      )}
      <VirtualList
        count={found.length}
        rowHeight={ROW}
        maxHeight={TALLEST}
        label="Named units"
        of={search}
        row={(place) => {
          const named = found[place];
          return named && <NamedLine named={named} />;
        }}
      />
      <p class="faint">{note}</p>
    </div>
  );
}

function NamedLine({ named }: { readonly named: NamedUnit }) {
  const { layer, unit, name, own } = named;
  return (
    <button
      type="button"
      class="named-unit"
      title={own ? "Named in this browser" : "Recorded with the run"}
      onClick={() => state.choose({ unit: { layer, unit } })}
    >
      <Name name={name} />
      <span class="faint">
        {own ? "" : "recorded · "}
        {layer} · {unit}
      </span>
    </button>
  );
}
