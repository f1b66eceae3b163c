import { Failure, request, sent, settled } from "../../api/ask";
import type { Graph, Model } from "../../api/schema";
import type { Moment } from "../../api/types";
import { useAnswer } from "../../state/answers";
import { hued } from "../../state/links";
import type { Confusion } from "../../state/shared";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";

interface Props {
  readonly model: Model;
  readonly a: Moment;
  readonly confusion: Confusion;
  readonly names: readonly [truth: string, predicted: string];
}

const SIDES = ["A", "both", "B"] as const;
const MOST_UNITS = 6;

/** What the attribution graphs of both classes share, layer by layer, and the way to their picture. */
export function WhyGraphs({ model, a, confusion, names: [truth, predicted] }: Props) {
  const keys = confusion.map((index) => `class:${index}`);
  const isRecorded = keys.every((key) => model.graph?.subsets.includes(key));
  const answer = useAnswer(
    isRecorded
      ? settled(request("graph", { s: keys.map((subset) => sent({ ...a, subset })) }))
      : null,
  );
  const show = () =>
    state.choose({
      view: "graph",
      b: null,
      subsets: hued(keys, model, state.hues.value),
    });
  if (!isRecorded) return null;
  const { value } = answer;
  return (
    <section aria-label="Attribution graphs" class="why-graphs">
      <h3>What do both classes use?</h3>
      {value instanceof Failure && <p class="note">{value.message}</p>}
      {value && !(value instanceof Failure) && (
        <GraphTable graph={value} truth={truth} predicted={predicted} />
      )}
      <button type="button" data-undrawn onClick={show}>
        Show both graphs over each other
      </button>
    </section>
  );
}

interface TableProps {
  readonly graph: Graph;
  readonly truth: string;
  readonly predicted: string;
}

function GraphTable({ graph, truth, predicted }: TableProps) {
  const rows = graph.layers
    .map(({ name }, at) => ({
      name,
      units: SIDES.map((side) =>
        graph.nodes.filter((node) => node.layer === at && node.side === side),
      ),
    }))
    .filter(({ units }) => units.some((side) => side.length > 0))
    .toReversed();
  return (
    <>
      <p class="faint">units of the attribution graphs, the output first</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="overview-scroller" tabIndex={0} aria-label="Graphs as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">
                only <Name name={truth} />
              </th>
              <th scope="col">both</th>
              <th scope="col">
                only <Name name={predicted} />
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, units }) => (
              <tr key={name} data-layer={name}>
                <th scope="row">
                  <Name name={name} />
                </th>
                {units.map((nodes, side) => (
                  <td key={SIDES[side]} data-side={SIDES[side]} data-count={nodes.length}>
                    {nodes.length === 0 && <span class="faint">–</span>}
                    {nodes.slice(0, MOST_UNITS).map(({ unit }) => (
                      <button
                        key={unit}
                        type="button"
                        class="plain unit-link"
                        aria-label={`unit ${unit} of ${name}`}
                        onClick={() => state.choose({ unit: { layer: name, unit } })}
                      >
                        {unit}
                      </button>
                    ))}
                    {nodes.length > MOST_UNITS && (
                      <span class="faint">+{nodes.length - MOST_UNITS}</span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
