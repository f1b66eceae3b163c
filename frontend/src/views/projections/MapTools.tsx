import { StageTools } from "../../stage/StageTools";
import { ZOOM } from "../../stage/useGestures";

/** What dragging on the stage does. */
export const TOOLS = ["move", "lasso", "box"] as const;
export type Tool = (typeof TOOLS)[number];

const TITLES: Readonly<Record<Tool, string>> = {
  move: "drag moves the map; with shift it chooses",
  lasso: "drag around points to choose them; shift adds",
  box: "drag a rectangle around points to choose them; shift adds",
};

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
      whole="the whole map"
      before={
        <fieldset class="choice" aria-label="dragging">
          {TOOLS.map((known) => (
            <button
              type="button"
              key={known}
              aria-pressed={known === tool}
              title={TITLES[known]}
              onClick={() => onTool(known)}
            >
              {known}
            </button>
          ))}
        </fieldset>
      }
    />
  );
}
