import type { Model } from "../../api/schema";
import * as state from "../../state/store";
import { type ArchitectureOptions, SHADES } from "../../state/viewOptions";
import type { Format } from "../../ui/Exports";
import { Exports } from "../../ui/Exports";
import { Choice } from "../../ui/tools";
import { SHADE_NAMES } from "./shade";

interface Props {
  readonly options: ArchitectureOptions;
  readonly model: Model;
  readonly onExport: (format: Format) => void;
}

/** What the layers are coloured by, and how they are shown. */
export function ArchitectureToolbar({ options, model, onExport }: Props) {
  const choose = state.chooseArchitecture;
  const changed = options.open.length + options.closed.length > 0;
  return (
    <div class="view-tools" role="toolbar" aria-label="Architecture">
      <Choice
        label="picture or table"
        value={options.table ? "table" : "picture"}
        choices={["picture", "table"]}
        onChoose={(chosen) => choose({ table: chosen === "table" })}
      />
      <span class="faint">colour</span>
      <Choice
        label="coloured by"
        value={options.shade}
        choices={SHADES}
        names={SHADE_NAMES}
        onChoose={(shade) => choose({ shade })}
      />
      {options.shade === "change" && (
        <label>
          since step{" "}
          <select
            value={String(options.since ?? model.steps[0])}
            onChange={({ currentTarget }) => {
              const since = Number(currentTarget.value);
              choose({ since: since === model.steps[0] ? null : since });
            }}
          >
            {model.steps.map((step) => (
              <option key={step} value={String(step)}>
                {step.toLocaleString("en")}
              </option>
            ))}
          </select>
        </label>
      )}
      {changed && !options.table && (
        <button
          type="button"
          title="open and close blocks as they were"
          onClick={() => choose({ open: [], closed: [] })}
        >
          blocks as they were
        </button>
      )}
      <Exports onExport={onExport} />
    </div>
  );
}
