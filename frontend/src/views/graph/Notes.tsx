import type { Graph, Model } from "../../api/schema";
import type { ShownSubject } from "../../model/shown";
import * as state from "../../state/store";

interface Props {
  readonly graph: Graph;
  readonly model: Model;
  /** Subjects that have no graph. */
  readonly missing: readonly ShownSubject[];
  /** How many subjects are shown elsewhere beside the first two. */
  readonly more: number;
}

/** What must be known to read the graph. */
export function Notes({ graph, model, missing, more }: Props) {
  const b = state.b.value;
  const isWithoutB = b !== null && !state.subjects.value.some(({ place }) => place === "B");
  const notes = [
    ...(isWithoutB ? [`B, ${b.run}, has none of the subsets chosen: only A is in the graph.`] : []),
    ...missing.map(
      ({ name, place }) => `Nothing was counted for ${name} at ${place}: it is not in the graph.`,
    ),
    ...(more > 0 ? [`The first two of the ${more + 2} subjects chosen are in the graph.`] : []),
    ...graph.subjects.flatMap(({ run, identity, reason }) =>
      identity === "same" ? [] : [`${run}: ${IDENTITIES[identity]}${reason ? ` (${reason})` : ""}`],
    ),
    ...(graph.relaxed > 0
      ? [
          "More units than asked for are shown, for without them layers are cut off from what feeds them.",
        ]
      : []),
    ...graph.subjects.flatMap(({ run, step, inputs }) =>
      inputs === 0 ? [`${run} at step ${step}: no inputs were seen, so no unit is counted.`] : [],
    ),
    ...graph.notes,
    ...(model.probe === null && model.facetSteps.length === 0
      ? [
          "Units are drawn as numbers: examples come from a probe set, Recorder(model, probe=probe), other pictures from add_feature_visualizations.",
        ]
      : []),
    ...(model.graph?.notes ?? []),
  ];
  const [first, ...others] = [...new Set(notes)];
  if (first === undefined) return null;
  if (others.length === 0) return <p class="note">{first}</p>;
  return (
    <details class="note graph-notes">
      <summary>
        <span class="graph-more">{others.length + 1} notes</span>: {first}
      </summary>
      <ul>
        {others.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

const IDENTITIES = {
  weights: "started from the same weights, so its units are A's",
  matched: "its units are matched to A's by correlation",
  none: "its units could not be matched to A's",
} as const;
