import type { Area, AttackGroup, AttackReport, Model, Score } from "../../api/schema";
import { DIVERGING } from "../../model/color";
import { percent } from "../../model/format";
import * as state from "../../state/store";
import { Explained } from "../../ui/Explained";
import { Name } from "../../ui/Name";
import { Scrolling } from "../../ui/Scrolling";
import { Stat } from "../../ui/Stat";
import {
  areaTexts,
  columnsOf,
  fewText,
  groupName,
  intervalText,
  scoreName,
  VERDICT_TEXTS,
} from "./verdicts";

interface Props {
  readonly model: Model;
  readonly report: AttackReport;
  readonly measure: string;
}

/** Attacks and controls by score: baselines first, then the mean of all layers, then each layer. */
export function AttackTable({ model, report, measure }: Props) {
  const columns = columnsOf(report, measure);
  return (
    <Scrolling class="attack-table" label="Attack report">
      <table>
        <thead>
          <tr>
            <th scope="col">attack</th>
            <th scope="col" class="number">
              <Stat of="success" />
            </th>
            <th scope="col" class="number">
              <Explained text="Inputs compared: successfully attacked ones, or those of the control, with benign ones">
                n / benign
              </Explained>
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" class="score" data-column={column}>
                <ScoreHead model={model} score={report.scores[column]} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.groups.map((group, row) => (
            <GroupRow key={row} row={row} group={group} columns={columns} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function ScoreHead({ model, score }: { readonly model: Model; readonly score: Score | undefined }) {
  if (!score) return null;
  const name = scoreName(score);
  if (!score.layer || !model.layers.some((layer) => layer.name === score.layer)) {
    return <Name name={name} />;
  }
  return (
    <button
      type="button"
      class="plain"
      title={`Open ${name} in Distributions`}
      onClick={() => state.choose({ view: "distributions", layers: [score.layer] })}
    >
      <Name name={name} />
    </button>
  );
}

interface RowProps {
  readonly row: number;
  readonly group: AttackGroup;
  readonly columns: readonly number[];
}

function GroupRow({ row, group, columns }: RowProps) {
  const { rate, positives, negatives, enough, auroc, of } = group;
  return (
    <tr data-row={row} data-of={of} class={of === "control" ? "is-control" : ""}>
      <th scope="row">
        <Name name={groupName(group)} />
        {of === "control" && <span class="faint"> control</span>}
      </th>
      <td class="number">{rate === null ? "–" : percent(rate)}</td>
      <td class="number">
        {positives.toLocaleString("en")} / {negatives.toLocaleString("en")}
      </td>
      {enough && auroc ? (
        columns.map((column) => <AreaCell key={column} area={auroc[column] ?? null} />)
      ) : (
        <td colSpan={columns.length} class="faint">
          {fewText(group)}
        </td>
      )}
    </tr>
  );
}

/** An area, tinted by how far it lies from .5. */
function AreaCell({ area }: { readonly area: Area | null }) {
  if (!area) return <td class="area">–</td>;
  const { verdict } = area;
  const value = area.value ?? 0.5;
  const [text, bounds] = areaTexts(area);
  const colours = DIVERGING[state.theme.value];
  const share = verdict === "none" ? 0 : Math.min(1, Math.abs(value - 0.5) * 2);
  return (
    <td
      class={`area is-${verdict}`}
      data-value={area.value ?? ""}
      title={`${intervalText(area)}: ${VERDICT_TEXTS[verdict]}`}
      style={{
        "--tint": value >= 0.5 ? colours.more : colours.less,
        "--share": `${Math.round(40 * share)}%`,
      }}
    >
      <b>{text}</b>
      <small>{bounds}</small>
    </td>
  );
}
