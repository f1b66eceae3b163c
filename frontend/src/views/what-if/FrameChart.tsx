import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { glyphPath } from "../../model/glyphs";
import { drawable, position, type Scale, scaleOver } from "../../model/scale";
import { Chart, Rule } from "../../plot/Chart";
import { linePath, range } from "../../plot/paths";
import { type FramePlace, frameAt, placeOf } from "./frames";
import { targetName, targetOf } from "./groups";
import type { Columns } from "./StripRow";
import type { Tracked } from "./tracked";

interface Props {
  readonly model: Model;
  readonly strip: Strip;
  /** Where the vertical line stands. */
  readonly frame: number;
  readonly tracked: readonly Tracked[];
  readonly columns: Columns;
  readonly onHover: (place: FramePlace) => void;
  readonly onChoose: (place: FramePlace) => void;
}

const HEIGHT = 112;
const ABOVE = 10;

/** A line over the steps of a strip: of the strip itself, and dashed of the random change. */
export interface CurveLine extends Tracked {
  readonly values: readonly number[];
  readonly control: readonly number[];
}

/** The probabilities of the classes, under the pictures of the frames; of a unit its activation. */
export function FrameChart(props: Props) {
  const { strip, tracked } = props;
  const isUnit = targetOf(strip).kind === "unit";
  const { curve } = strip;
  const classes = tracked.map((one, row) => ({
    ...one,
    values: curve.probability[row] ?? [],
    control: curve.controlProbability[row] ?? [],
  }));
  const effect = {
    index: -1,
    name: targetName(props.model, strip),
    colour: "currentColor",
    glyph: "circle" as const,
    values: curve.effect,
    control: curve.controlEffect,
  };
  return (
    <>
      {isUnit && <Curves {...props} what="activation" lines={[effect]} domain={null} />}
      <Curves {...props} what="probability" lines={classes} domain={[0, 1]} />
    </>
  );
}

interface CurvesProps extends Props {
  readonly what: string;
  readonly lines: readonly CurveLine[];
  readonly domain: readonly [number, number] | null;
}

function Curves({ strip, frame, lines, what, domain, columns, onHover, onChoose }: CurvesProps) {
  const { cell, gutter } = columns;
  const { frames, id } = strip;
  const width = gutter + frames.length * cell;
  const all = lines.flatMap(({ values, control }) => [...values, ...control]);
  const y = scaleOver("linear", domain ?? drawable(range(all)), [HEIGHT - 4, ABOVE]);
  const x = (step: number) => gutter + placeOf(frames, cell, step);
  const under = (pixel: number): FramePlace => ({
    id,
    frame: frameAt(frames, cell, pixel - gutter),
  });
  return (
    <figure class="frame-chart" data-what={what}>
      <figcaption>
        {what}
        {lines.map(({ name, colour, glyph }) => (
          <span key={name}>
            <svg width={14} height={10} aria-hidden="true">
              <path d="M0 5H14" stroke={colour} />
              <path d={glyphPath(glyph, 7, 5, 3)} fill={colour} />
            </svg>{" "}
            <bdi>{name}</bdi>
          </span>
        ))}
        <span class="faint">dashed: random change of the same norm</span>
      </figcaption>
      <Chart
        width={width}
        height={HEIGHT}
        label={`${what} over the frames, of ${lines.map(({ name }) => name).join(", ")}`}
        y={{ scale: y, apart: 24, lines: "across" }}
        onHover={(pixel) => onHover(under(pixel))}
        onPick={(pixel) => onChoose(under(pixel))}
      >
        {strip.flip > 0 && <Rule class="flip-line" at={x(strip.flip)} from={0} to={HEIGHT} />}
        <Rule class="now" at={gutter + (frame + 0.5) * cell} from={0} to={HEIGHT} />
        {lines.map((line) => (
          <Curve key={line.name} line={line} strip={strip} x={x} y={y} />
        ))}
      </Chart>
    </figure>
  );
}

interface CurveProps {
  readonly line: CurveLine;
  readonly strip: Strip;
  readonly x: (step: number) => number;
  readonly y: Scale;
}

function Curve({ line: { name, colour, glyph, values, control }, strip, x, y }: CurveProps) {
  const path = (of: readonly number[]) =>
    linePath(
      of.map((_, step) => x(step)),
      of.map((value) => position(y, value)),
    );
  return (
    <g data-name={name}>
      <path class="curve" d={path(control)} stroke={colour} stroke-dasharray="4 3" />
      <path class="curve" d={path(values)} stroke={colour} stroke-width="1.75" />
      {strip.frames.map(({ step }, frame) => {
        const value = values[step] ?? Number.NaN;
        return (
          Number.isFinite(value) && (
            <path
              key={frame}
              class="dot"
              data-frame={frame}
              data-value={value}
              d={glyphPath(glyph, x(step), position(y, value), 3)}
              fill={colour}
            />
          )
        );
      })}
    </g>
  );
}
