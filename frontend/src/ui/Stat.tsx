import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { STATISTICS, type StatisticId } from "../model/statistics";

interface Props {
  readonly of: StatisticId;
  /** What it is called here, by default its name. */
  readonly children?: ComponentChildren;
}

const EDGE = 4;

/** A statistic's name; pressing it shows the formula, how to read it, and what it does not show. */
export function Stat({ of, children }: Props) {
  const id = useId();
  const { name } = STATISTICS[of];
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const place = () => {
    const [under, box] = [opener.current, panel.current].map((one) => one?.getBoundingClientRect());
    if (!under || !box || !panel.current) return;
    const left = Math.min(under.left, innerWidth - box.width - EDGE);
    const isBelow = under.bottom + EDGE + box.height <= innerHeight;
    const top = isBelow ? under.bottom + EDGE : under.top - EDGE - box.height;
    panel.current.style.left = `${Math.max(EDGE, left)}px`;
    panel.current.style.top = `${Math.max(EDGE, top)}px`;
  };
  return (
    <>
      <button
        type="button"
        class="stat"
        ref={opener}
        popovertarget={id}
        aria-expanded={open}
        aria-label={`${typeof children === "string" ? children : name}: formula and how to read it`}
      >
        {children ?? name}
      </button>
      <div
        class="popover-panel stat-panel"
        id={id}
        ref={panel}
        popover="auto"
        onToggle={({ newState }) => {
          setOpen(newState === "open");
          if (newState === "open") place();
        }}
      >
        <StatText of={of} />
      </div>
    </>
  );
}

/** The three sentences on a statistic. */
export function StatText({ of }: { readonly of: StatisticId }) {
  const { name, formula, read, limits } = STATISTICS[of];
  return (
    <dl class="stat-text">
      <dt>{name}</dt>
      <dd>{formula}</dd>
      <dt>How to read it</dt>
      <dd>{read}</dd>
      <dt>What it does not show</dt>
      <dd>{limits}</dd>
    </dl>
  );
}
