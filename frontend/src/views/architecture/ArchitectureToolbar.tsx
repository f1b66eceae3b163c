import type { Model } from "../../api/schema";
import { ViewTools } from "../../panels/ViewTools";
import type { Savable } from "../../plot/saving";
import { Choice } from "../../ui/tools";
import { type ArchitectureOptions, architectureOptions, SHADES } from "./options";
import { SHADE_NAMES } from "./shade";

interface Props {
  readonly options: ArchitectureOptions;
  readonly model: Model;
  readonly savable: () => Savable;
}

/** What the layers are coloured by, and how they are shown. */
export function ArchitectureToolbar({ options, model, savable }: Props) {
  const choose = architectureOptions.choose;
  const changed = options.open.length + options.closed.length > 0;
  return (
    <ViewTools label="Architecture" savable={savable}>
      <Choice
        label="Picture or table"
        value={options.table ? "table" : "picture"}
        choices={["picture", "table"]}
        names={{ picture: "Picture", table: "Table" }}
        onChoose={(chosen) => choose({ table: chosen === "table" })}
      />
      <span class="faint">Colour by</span>
      <Choice
        label="Colour by"
        value={options.shade}
        choices={SHADES}
        names={SHADE_NAMES}
        onChoose={(shade) => choose({ shade })}
      />
      {options.shade === "change" && (
        <label>
          Since step{" "}
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
          title="Open and close blocks as at first"
          onClick={() => choose({ open: [], closed: [] })}
        >
          Reset blocks
        </button>
      )}
    </ViewTools>
  );
}
