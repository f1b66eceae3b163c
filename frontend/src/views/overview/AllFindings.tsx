import type { Model } from "../../api/schema";
import { short } from "../../model/format";
import type { Columns } from "../../plot/columns";
import { DataTable } from "../../plot/DataTable";
import { Explained } from "../../ui/Explained";
import { Select } from "../../ui/tools";
import { FindingLink, Sentence, Severity } from "./FindingsList";
import { kindName, type Told } from "./findings";
import { type OverviewOptions, overviewOptions } from "./options";

interface Props {
  readonly model: Model;
  readonly all: readonly Told[];
  readonly options: OverviewOptions;
}

const ANY = "any";

/** Findings that pass the filters. */
export function filtered(
  all: readonly Told[],
  { kind, layer, of }: Pick<OverviewOptions, "kind" | "layer" | "of">,
): readonly Told[] {
  return all.filter(
    ({ finding }) =>
      (kind === null || finding.kind === kind) &&
      (layer === null || finding.layer === layer || finding.layers.includes(layer)) &&
      (of === null || finding.classes.includes(of)),
  );
}

/** All findings as a table, by kind, layer and class. */
export function AllFindings({ model, all, options }: Props) {
  const rows = filtered(all, options);
  const unique = (values: readonly string[]) => [...new Set(values)];
  const kinds = unique(all.map(({ finding }) => finding.kind));
  const layers = unique(
    all.flatMap(({ finding }) => [...(finding.layer ? [finding.layer] : []), ...finding.layers]),
  );
  const classes = unique(all.flatMap(({ finding }) => finding.classes));
  const filter = (
    label: string,
    key: "kind" | "layer" | "of",
    known: readonly string[],
    name?: (choice: string) => string,
  ) => (
    <Select
      label={label}
      value={options[key] ?? ANY}
      choices={[ANY, ...known]}
      name={(choice) => (choice === ANY ? ANY : (name?.(choice) ?? choice))}
      onChoose={(choice) => overviewOptions.choose({ [key]: choice === ANY ? null : choice })}
    />
  );
  return (
    <section class="overview-all" aria-label="All findings">
      <h3>All findings</h3>
      <div class="overview-filters" role="toolbar" aria-label="Filters of findings" data-undrawn>
        {filter("kind", "kind", kinds, kindName)}
        {filter("layer", "layer", layers)}
        {filter("class", "of", classes)}
        <span class="faint">
          {rows.length} of {all.length}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="overview-scroller" tabIndex={0} aria-label="Findings as a table">
        <DataTable
          columns={columnsOf(model)}
          rows={rows}
          sortable
          attributes={({ finding }) => ({ "data-kind": finding.kind })}
        />
      </section>
    </section>
  );
}

const known = (value: number | null): number => value ?? Number.NaN;

/** What is listed of a finding, on the page and in files. */
export const columnsOf = (model: Model): Columns<Told> => [
  {
    name: "severity",
    value: ({ finding }) => finding.severity,
    show: ({ finding }) => <Severity of={finding.severity} />,
  },
  {
    name: "kind",
    value: ({ finding }) => finding.kind,
    show: ({ finding }) => (
      <Explained text={finding.convention}>{kindName(finding.kind)}</Explained>
    ),
  },
  {
    name: "finding",
    value: ({ finding }) => finding.sentence,
    show: ({ finding }) => <Sentence finding={finding} />,
    class: () => "overview-sentence",
  },
  { name: "compared", value: ({ about }) => about },
  { name: "layer", head: null, value: ({ finding }) => finding.layer ?? finding.layers.join(" ") },
  { name: "classes", head: null, value: ({ finding }) => finding.classes.join("; ") },
  { name: "units", head: null, value: ({ finding }) => finding.units.join(" ") },
  {
    name: "effect",
    isNumber: true,
    value: ({ finding }) => finding.effect,
    show: ({ finding }) => effectText(finding.effect, finding.scale),
  },
  {
    name: "low",
    head: "95 %",
    isNumber: true,
    value: ({ finding }) => known(finding.low),
    show: ({ finding: { low, high, scale } }) =>
      low === null ? "counted" : `${effectText(low, scale)} … ${effectText(high, scale)}`,
  },
  { name: "high", head: null, value: ({ finding }) => known(finding.high) },
  { name: "scale", head: null, value: ({ finding }) => finding.scale },
  {
    name: "n",
    value: ({ finding }) => finding.n,
    show: ({ finding }) => finding.n.toLocaleString("en"),
  },
  { name: "p", head: null, value: ({ finding }) => known(finding.p) },
  {
    name: "q",
    isNumber: true,
    value: ({ finding }) => known(finding.q),
    show: ({ finding: { q } }) => (q !== null && q < 0.001 ? "< .001" : short(q, 2)),
  },
  { name: "convention", head: null, value: ({ finding }) => finding.convention },
  {
    name: "shown in",
    file: null,
    value: ({ finding }) => finding.link.view,
    show: ({ finding }) => <FindingLink finding={finding} model={model} />,
  },
];

/** An effect in its scale: shares in hundredths. */
function effectText(effect: number | null, scale: string): string {
  if (effect === null) return "–";
  if (scale === "share") return `${short(100 * effect, 3)} %`;
  return scale === "sigma" ? `${short(effect, 3)} σ` : short(effect, 3);
}
