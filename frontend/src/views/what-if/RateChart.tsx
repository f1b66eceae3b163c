import type { AttackReport } from "../../api/schema";
import { hueColour } from "../../model/color";
import { DASHES } from "../../panels/unit/Accuracy";
import { type Line, LineChart, LineKey } from "../../plot/LineChart";
import * as state from "../../state/store";
import { attackName, isPixelwise } from "./verdicts";

/** How often each attack succeeds, by its strength. */
export function RateChart({ report }: { readonly report: AttackReport }) {
  const theme = state.theme.value;
  const names = [
    ...new Set(report.groups.flatMap(({ of, name }) => (of === "attack" ? [name] : []))),
  ];
  const groups = report.groups.filter(({ of, strength }) => of === "attack" && strength !== null);
  const inParts = groups.every(isPixelwise);
  const lines = names.map((name, place): Line => {
    const points = groups
      .filter((group) => group.name === name)
      .toSorted((one, other) => (one.strength ?? 0) - (other.strength ?? 0));
    return {
      name: attackName(name),
      colour: hueColour(place, theme),
      dash: DASHES[place % DASHES.length] ?? "",
      xs: points.map(({ strength }) => (strength ?? Number.NaN) * (inParts ? 255 : 1)),
      ys: points.map(({ rate }) => rate ?? Number.NaN),
    };
  });
  if (!lines.some(({ xs }) => xs.length > 0)) return null;
  return (
    <figure class="rate-chart">
      <figcaption>
        Success rate by {inParts ? "radius, in 255ths" : "strength"}
        {lines.map(({ name, colour, dash }) => (
          <span key={name}>
            <LineKey colour={colour} dash={dash} /> <bdi>{name}</bdi>
          </span>
        ))}
      </figcaption>
      <LineChart
        lines={lines}
        width={320}
        height={144}
        label={`success rate by ${inParts ? "radius in 255ths" : "strength"}: ${names.map(attackName).join(", ")}`}
        at={null}
        y={[0, 1]}
      />
    </figure>
  );
}
