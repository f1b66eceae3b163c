/** The panels of distributions as files. */

import { INK, type Theme } from "../../model/color";
import type { Savable } from "../../plot/saving";
import type { Picture, Scene, Stage } from "./stage";
import { MOST_ROWS, svg } from "./svg";
import { panelTable } from "./tables";

/** What the stages show: units in the order shown, in drawings at most `MOST_ROWS` of them. */
export function savablePanels(
  stages: readonly Stage[],
  theme: Theme,
  sharedAxis: boolean,
): Savable {
  const shown = stages.flatMap((stage) =>
    stage.scene ? [{ stage, scene: stage.scene, sharedAxis }] : [],
  );
  return {
    name: "distributions",
    tables: () =>
      shown.map(({ scene: { data, layout } }) =>
        panelTable(data, [...layout.pinned, ...layout.body]),
      ),
    drawing: (format) => {
      const sheets = shown.map(({ stage, ...sheet }) => ({
        ...sheet,
        rows: format === "PNG" ? stage.picture().rows : firstRows(stage, sheet.scene),
      }));
      return svg(sheets, INK[theme]);
    },
  };
}

function firstRows(stage: Stage, { layout }: Scene): Picture["rows"] {
  const units = [...layout.pinned, ...layout.body].slice(0, MOST_ROWS);
  return units.flatMap((unit) => {
    const row = stage.row(unit);
    return row ? [{ ...row, top: 0 }] : [];
  });
}
