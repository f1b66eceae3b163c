import type { Graph, Model } from "../../api/schema";
import { matchText } from "../../model/format";
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
    ...(isWithoutB
      ? [`B (${b.run}) has none of the selected subsets, so the graph shows A only.`]
      : []),
    ...missing.map(
      ({ name, place }) => `No activation counts for ${name} at ${place}: it is not in the graph.`,
    ),
    ...(more > 0 ? [`The graph shows the first two of the ${more + 2} selected subjects.`] : []),
    ...graph.subjects.flatMap(({ run, identity, reason, instances, threshold }) =>
      identity === "same"
        ? []
        : [
            `${run}: ${IDENTITIES[identity]}${matchText(instances, threshold)}${reason ? ` (${reason})` : ""}`,
          ],
    ),
    ...(graph.relaxed > 0
      ? [
          "More units than the selected share are shown: without them some layers would be cut off from their inputs.",
        ]
      : []),
    ...graph.subjects.flatMap(({ run, step, inputs }) =>
      inputs === 0 ? [`${run} at step ${step}: no inputs were seen, so there are no counts.`] : [],
    ),
    ...graph.notes,
    ...(model.probe === null && model.facetSteps.length === 0
      ? [
          "Units are shown as numbers. For pictures record a probe set, Recorder(model, probe=probe), or feature visualizations, add_feature_visualizations.",
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
  weights: "same initial weights as A, so units keep their index",
  matched: "units are matched to those of A by correlation",
  none: "units could not be matched to those of A",
} as const;
