import { max } from "d3-array";
import type { Model } from "../../api/schema";
import type { Strip } from "../../api/types";
import { LEFT } from "../../plot/Chart";
import { useHuesOfAll } from "../../state/colours";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { useSize } from "../../ui/size";
import { FrameChart } from "./FrameChart";
import { chosenFrame, type FramePlace } from "./frames";
import { headingOf, targetName } from "./groups";
import type { StripPicture } from "./options";
import { ReadoutLine } from "./ReadoutLine";
import { Scrubber } from "./Scrubber";
import { StripRow } from "./StripRow";
import { trackedClasses } from "./tracked";

interface Props {
  readonly model: Model;
  /** Of one image. */
  readonly strips: readonly Strip[];
  /** The one in detail, and its frame. */
  readonly strip: Strip;
  readonly frame: number;
  readonly picture: StripPicture;
  /** The frame under the pointer. */
  readonly hovered: FramePlace | null;
  readonly onHover: (place: FramePlace | null) => void;
  readonly onChoose: (place: FramePlace) => void;
}

/** Most and fewest pixels of a picture. */
const CELL = [40, 176] as const;

/** The strips of an image under one another, and the random change of the same norm; under them the curves. */
export function StripRows(props: Props) {
  const { model, strips, strip, frame, picture, hovered, onHover, onChoose } = props;
  const { box, width } = useSize();
  const most = max(strips, ({ frames }) => frames.length) || 1;
  const cell = Math.max(CELL[0], Math.min(CELL[1], Math.floor((width - LEFT) / most)));
  const pointed = strips.find(({ id }) => id === hovered?.id) ?? strip;
  const at = hovered?.id === pointed.id ? hovered.frame : frame;
  const tracked = trackedClasses(model, strip, useHuesOfAll(model), state.theme.value);
  const columns = { cell, gutter: LEFT };
  return (
    <section class="strip-rows" aria-label="Pictures" ref={box}>
      <h2>
        <Name name={headingOf(model, strip)} />{" "}
        <span class="faint">
          {strip.instance >= 0 && `instance ${strip.instance} · `}
          {strip.name !== "" && strip.name !== String(strip.instance) && <bdi>{strip.name} · </bdi>}
          step {strip.step.toLocaleString("en")}
        </span>
      </h2>
      <ReadoutLine model={model} strip={pointed} frame={at} />
      {width > 0 && (
        <div class="strip-scroll" onPointerLeave={() => onHover(null)}>
          {strips.map((one) => (
            <StripRow
              key={one.id}
              model={model}
              strip={one}
              isChosen={one.id === strip.id}
              frame={one.id === strip.id ? frame : chosenFrame(one, frame)}
              picture={picture}
              columns={columns}
              onHover={onHover}
              onChoose={onChoose}
            />
          ))}
          <StripRow
            model={model}
            strip={strip}
            isChosen={false}
            frame={frame}
            picture="control"
            columns={columns}
            towards={`random, same norm as towards ${targetName(model, strip)}`}
            onHover={onHover}
            onChoose={onChoose}
          />
          <FrameChart
            model={model}
            strip={strip}
            frame={pointed === strip ? at : frame}
            tracked={tracked}
            columns={columns}
            onHover={onHover}
            onChoose={onChoose}
          />
          <Scrubber strip={strip} frame={frame} columns={columns} onChoose={onChoose} />
        </div>
      )}
    </section>
  );
}
