import { StageTools } from "../../stage/StageTools";
import { ZOOM } from "../../stage/useGestures";

/** What dragging on the stage does. */
export const TOOLS = ["move", "lasso", "box"] as const;
export type Tool = (typeof TOOLS)[number];

const TITLES: Readonly<Record<Tool, string>> = {
  move: "Drag to pan; Shift-drag to select",
  lasso: "Drag around points to select them; Shift adds",
  box: "Drag a rectangle to select points; Shift adds",
};

const NAMES: Readonly<Record<Tool, string>> = { move: "Pan", lasso: "Lasso", box: "Box" };

interface Props {
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
}

/** Moving, choosing, zooming. */
export function MapTools({ tool, onTool, onZoom, onFit }: Props) {
  return (
    <StageTools
      class="projection-tools"
      onIn={() => onZoom(ZOOM)}
      onOut={() => onZoom(1 / ZOOM)}
      onFit={onFit}
      whole="Fit the map"
      before={
        <fieldset class="choice" aria-label="Dragging">
          {TOOLS.map((known) => (
            <button
              type="button"
              key={known}
              aria-pressed={known === tool}
              title={TITLES[known]}
              onClick={() => onTool(known)}
            >
              {NAMES[known]}
            </button>
          ))}
        </fieldset>
      }
    />
  );
}
