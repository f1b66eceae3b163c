import { DataTable } from "../../plot/DataTable";
import * as state from "../../state/store";
import { Scrolling } from "../../ui/Scrolling";
import type { GraphLayout } from "./layout";
import { type GraphScene, type SceneNode, unitOf } from "./scene";
import type { GraphedSubject } from "./subjects";
import { edgeColumns, nodeColumns, orderedNodes } from "./tables";

interface Props {
  readonly scene: GraphScene;
  readonly layout: GraphLayout;
  readonly subjects: readonly GraphedSubject[];
}

/** The same as the picture in rows and columns. */
export function GraphTable({ scene, layout, subjects }: Props) {
  const nodes = orderedNodes(scene, layout);
  const columns = nodeColumns(scene, subjects).map((column) =>
    column.name === "unit"
      ? {
          ...column,
          show: (node: SceneNode) => <UnitButton node={node} label={column.value(node, 0)} />,
        }
      : column,
  );
  return (
    <Scrolling class="data-tables" label="Graph as tables">
      <DataTable caption={`${nodes.length} units`} columns={columns} rows={nodes} />
      <DataTable
        caption={`${scene.edges.length} edges`}
        columns={edgeColumns(scene, subjects)}
        rows={scene.edges}
      />
    </Scrolling>
  );
}

/** Opens the unit, if the node is one. */
function UnitButton({
  node,
  label,
}: {
  readonly node: SceneNode;
  readonly label: string | number;
}) {
  const open = () => {
    const unit = unitOf(node);
    if (unit) state.choose({ unit });
  };
  return (
    <button type="button" class="plain" onClick={open}>
      {label}
    </button>
  );
}
