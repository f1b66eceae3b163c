import type { ComponentChildren } from "preact";

interface Props {
  readonly onIn: () => void;
  readonly onOut: () => void;
  readonly onFit: () => void;
  /** What is seen whole then. */
  readonly whole: string;
  readonly class?: string;
  readonly before?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The buttons of a stage: closer, farther, the whole of it, and what else it has. */
export function StageTools(props: Props) {
  const { onIn, onOut, onFit, whole, class: extra = "graph-tools", before, children } = props;
  return (
    <div class={extra}>
      {before}
      <StageTool sign="+" label="zoom in (+)" onClick={onIn} />
      <StageTool sign="−" label="zoom out (−)" onClick={onOut} />
      <StageTool sign="⤢" label={`${whole} (0)`} onClick={onFit} />
      {children}
    </div>
  );
}

interface ToolProps {
  readonly sign: string;
  readonly label: string;
  readonly onClick: () => void;
}

export function StageTool({ sign, label, onClick }: ToolProps) {
  return (
    <button type="button" class="icon" aria-label={label} title={label} onClick={onClick}>
      {sign}
    </button>
  );
}
