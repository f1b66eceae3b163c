/** Which parts of the rail act in a view; the others are hidden there. */

export const PARTS = ["layers", "subsets", "instances", "runs"] as const;
export type Part = (typeof PARTS)[number];

export interface RailUse {
  readonly acts: readonly Part[];
  /** Where layers are not ticked but gone to, one at a time. */
  readonly layer?: {
    /** Its name; null for none. Reading it subscribes. */
    readonly now: () => string | null;
    readonly go: (name: string) => void;
  };
  /** What ticking a subset does besides. */
  readonly onSubset?: () => void;
}

export const EVERYTHING: RailUse = { acts: PARTS };

/** What is said of the parts that are hidden; null where none is. */
export function unused({ acts }: RailUse, view: string): string | null {
  const others = PARTS.filter((part) => !acts.includes(part));
  if (others.length === 0) return null;
  const [last, ...rest] = others.toReversed();
  const list = rest.length > 0 ? `${rest.toReversed().join(", ")} and ${last}` : last;
  return `${list?.[0]?.toUpperCase()}${list?.slice(1)} have no effect in ${view}.`;
}
