import type { Measure, Replacement } from "../../api/schema";
import { percent, short } from "../../model/format";
import { store, stored } from "../../model/stored";
import { Name } from "../../ui/Name";
import type { GraphOptions } from "./options";
import { SideKey } from "./SideKey";
import { type GraphScene, SIDES, sideOf } from "./scene";
import { measureText, rangeTexts, WIDTHS } from "./strength";
import { type GraphedSubject, sideName } from "./subjects";

interface Props {
  readonly scene: GraphScene;
  readonly size: GraphOptions["size"];
  readonly subjects: readonly GraphedSubject[];
}

const SHARES = [0, 0.5, 1] as const;

/** What sizes, widths, dashes and shapes say, by which rule; folded, in one line. */
export function GraphLegend({ scene, size, subjects }: Props) {
  const { graph } = scene;
  const compared = subjects.length > 1;
  return (
    <details
      class="legend graph-legend"
      open={stored("graph.legend", false)}
      onToggle={({ currentTarget }) => store("graph.legend", currentTarget.open)}
    >
      <summary class="graph-legend-line">
        <span class="graph-scale">
          {SHARES.map((share) => (
            <span key={share}>
              <i
                style={{
                  width: `${sideOf(share, 1) / 2}px`,
                  height: `${sideOf(share, 1) / 2}px`,
                }}
              />{" "}
              {valueText(share * scene.largest, size)}
            </span>
          ))}
          {sizeText(scene, size)}
        </span>
        {compared && <Sides subjects={subjects} />}
      </summary>
      <div>
        {graph.measure && <Widths measure={graph.measure} baseline={graph.baseline} />}
        {has(scene, "identity") && (
          <span>
            <LineKey class="is-identity" /> passed on without weights (residual, concatenation)
          </span>
        )}
        {(has(scene, "unmeasured") || scene.edges.some(({ weight }) => Number.isNaN(weight))) && (
          <span>
            <LineKey class="is-unmeasured" /> not measured
          </span>
        )}
        {compared && (
          <span>
            Sides by position, colour and shape
            {subjects[1]?.shown.place === "B" && "; edges of B only are paler"}; where both have a
            node or an edge, the larger value is drawn
          </span>
        )}
        {scene.graph.nodes.some(({ decided }) => !decided) && (
          <span>
            Faint and dotted: undecided; another sample of inputs may put it on another side
          </span>
        )}
        <span>
          Hover: edges into a unit in its colours, edges out of it <LineKey class="is-out" />
        </span>
      </div>
    </details>
  );
}

function Sides({ subjects }: Pick<Props, "subjects">) {
  return (
    <span class="graph-scale">
      {SIDES.map((side) => (
        <span key={side}>
          <SideKey side={side} subjects={subjects} /> <Name name={sideName(side, subjects)} />
        </span>
      ))}
    </span>
  );
}

function Widths({
  measure,
  baseline,
}: {
  readonly measure: Measure;
  readonly baseline: Replacement | null;
}) {
  const ranges = rangeTexts(measure);
  return (
    <>
      <span class="graph-scale">
        {WIDTHS.map((width, at) => (
          <span key={width}>
            <svg width="20" height="10" aria-hidden="true">
              <line x2="20" y1="5" y2="5" stroke="currentColor" stroke-width={width} />
            </svg>{" "}
            {ranges[at]}
          </span>
        ))}
        {measureText(measure, baseline)}
      </span>
      <span>
        <LineKey class="is-inhibits" /> inhibits
      </span>
    </>
  );
}

const has = ({ edges }: GraphScene, kind: string): boolean =>
  edges.some(({ edge }) => edge.kind === kind);

function LineKey({ class: extra }: { readonly class: string }) {
  return (
    <svg class="graph-line-key" width="24" height="8" aria-hidden="true">
      <path class={`edge ${extra}`} d="M0 4H24" />
    </svg>
  );
}

const valueText = (value: number, size: GraphOptions["size"]): string =>
  size === "importance" ? short(value, 2) : percent(value);

function sizeText({ graph }: GraphScene, size: GraphOptions["size"]): string {
  if (size === "rank") return "node area: PageRank";
  if (size === "importance") return "node area: |importance|";
  const what = graph.of === "deviation" ? "|activation − mean|" : "activation";
  return `node area: share of inputs where the unit is among those that hold the top ${percent(graph.mass)} of ${what}`;
}
