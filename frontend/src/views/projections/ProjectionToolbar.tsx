import { ViewTools } from "../../panels/ViewTools";
import type { Savable } from "../../plot/saving";
import { compared } from "../../state/shared";
import { Check, Choice, Select } from "../../ui/tools";
import { methodName } from "./describe";
import { COLOURINGS, type ProjectionOptions, projectionOptions } from "./options";

interface Props {
  readonly options: ProjectionOptions;
  readonly methods: readonly string[];
  readonly method: string;
  readonly hasB: boolean;
  readonly comparison: "beside" | "minus";
  readonly chosen: number;
  readonly pictured: boolean;
  readonly hasPairs: boolean;
  readonly savable: () => Savable;
}

const TRAILS = { none: "none", layers: "over layers", steps: "over steps" } as const;
const SHOWN = { points: "Points", pictures: "Pictures", labels: "Labels" } as const;

/** How the maps are made and drawn. */
export function ProjectionToolbar(props: Props) {
  const { options, methods, method, hasB, comparison, chosen, pictured, hasPairs } = props;
  const choose = projectionOptions.choose;
  return (
    <ViewTools label="Projections" savable={props.savable}>
      <Choice
        label="Picture or table"
        value={options.table ? "table" : "picture"}
        choices={["picture", "table"]}
        names={{ picture: "Picture", table: "Table" }}
        onChoose={(shown) => choose({ table: shown === "table" })}
      />
      <Select
        label="Colour by"
        title="What colour and shape show"
        value={options.colour}
        choices={COLOURINGS}
        onChoose={(colour) => choose({ colour })}
      />
      <Choice
        label="Show"
        names={SHOWN}
        value={options.show}
        choices={pictured ? ["points", "pictures", "labels"] : ["points", "labels"]}
        onChoose={(show) => choose({ show })}
      />
      <Select
        label="Trails"
        title="Paths of the selected instances"
        value={options.trails}
        choices={["none", "layers", "steps"]}
        name={(along) => TRAILS[along]}
        onChoose={(trails) => choose({ trails })}
      />
      {hasPairs && (
        <Check
          label="Pairs"
          title="Join each attacked instance to the benign one it was made from"
          checked={options.pairs}
          onChange={(pairs) => choose({ pairs })}
        />
      )}
      <Check
        label={`Selected only (${chosen})`}
        title="Recompute the projection from the selected instances and the pivots only"
        checked={options.selectedOnly}
        onChange={(selectedOnly) => choose({ selectedOnly })}
      />
      {methods.length > 1 && (
        <Select
          label="Method"
          title="How the maps are computed"
          value={method}
          choices={methods}
          name={methodName}
          onChoose={(made) => choose({ method: made })}
        />
      )}
      {hasB && (
        <Choice
          label="A and B"
          value={comparison}
          choices={["beside", "minus"]}
          names={{ beside: "A beside B", minus: "A minus B" }}
          onChoose={(made) => compared.choose({ comparison: made })}
        />
      )}
    </ViewTools>
  );
}
