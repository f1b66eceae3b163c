import type { Side } from "../../api/schema";
import type { GraphedSubject } from "./subjects";

interface Props {
  readonly side: Side;
  readonly subjects: readonly GraphedSubject[];
}

/** A node in small: the colour and shape of a side. */
export function SideKey({ side, subjects: [a, b] }: Props) {
  return (
    <i
      class={`graph-key side-${side} ${b?.shown.place === "B" ? "hatches-B" : ""}`}
      style={{ "--a": a?.colour ?? "currentColor", "--b": b?.colour ?? "currentColor" }}
      aria-hidden="true"
    />
  );
}
