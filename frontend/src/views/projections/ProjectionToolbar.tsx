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

const TRAILS = { none: "no trails", layers: "over layers", steps: "over steps" } as const;

/** How the maps are made and drawn. */
export function ProjectionToolbar(props: Props) {
  const { options, methods, method, hasB, comparison, chosen, pictured, hasPairs } = props;
  const choose = projectionOptions.choose;
  return (
    <ViewTools label="Projections" savable={props.savable}>
      <Choice
        label="picture or table"
        value={options.table ? "table" : "picture"}
        choices={["picture", "table"]}
        onChoose={(shown) => choose({ table: shown === "table" })}
      />
      <Select
        label="colour"
        title="what colour and shape say"
        value={options.colour}
        choices={COLOURINGS}
        onChoose={(colour) => choose({ colour })}
      />
      <Choice
        label="show"
        value={options.show}
        choices={pictured ? ["points", "pictures", "labels"] : ["points", "labels"]}
        onChoose={(show) => choose({ show })}
      />
      <Select
        label="trails"
        title="the ways of the chosen instances"
        value={options.trails}
        choices={["none", "layers", "steps"]}
        name={(along) => TRAILS[along]}
        onChoose={(trails) => choose({ trails })}
      />
      {hasPairs && (
        <Check
          label="pairs"
          title="join each altered instance to the one it was made of"
          checked={options.pairs}
          onChange={(pairs) => choose({ pairs })}
        />
      )}
      <Check
        label={`chosen only (${chosen})`}
        title="project the chosen instances anew, together with the pivots alone"
        checked={options.selectedOnly}
        onChange={(selectedOnly) => choose({ selectedOnly })}
      />
      {methods.length > 1 && (
        <Select
          label="map"
          title="how the maps are made"
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
