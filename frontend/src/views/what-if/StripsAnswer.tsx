import { useState } from "preact/hooks";
import { Failure, settled } from "../../api/ask";
import { strip as stripOf, strips as stripsOf } from "../../api/strips";
import type { Strip } from "../../api/types";
import { ViewTools } from "../../panels/ViewTools";
import { useAnswer, useAnswers } from "../../state/answers";
import * as state from "../../state/store";
import { Message } from "../../ui/Message";
import { Choice } from "../../ui/tools";
import { ChangedUnits } from "./ChangedUnits";
import { FrameDetail } from "./FrameDetail";
import { chosenFrame, type FramePlace } from "./frames";
import { chosenStrip, groupsOf } from "./groups";
import { STRIP_PICTURES, type StripPicture, whatIfOptions } from "./options";
import type { AnswerProps } from "./questions";
import { ASKED } from "./questions";
import { SaliencyMaps } from "./SaliencyMaps";
import { StripList } from "./StripList";
import { StripRows } from "./StripRows";
import { savableStrips } from "./savableStrips";

/** How an image would have to change for another prediction, step by step. */
export function StripsAnswer({ model, options }: AnswerProps) {
  const list = useAnswer(model.strips > 0 ? stripsOf(model) : null);
  const chosen = chosenStrip(list.value ?? [], options.strip, state.instances.value ?? []);
  const groups = groupsOf(list.value ?? []);
  const group = groups.find(({ strips }) => strips.some(({ id }) => id === chosen?.id)) ?? null;
  const answer = useAnswers(group?.strips.map(({ id }) => settled(stripOf(model, id))) ?? null);
  if (model.strips === 0) {
    return (
      <div class="what-if-scroll">
        <Message title="No adversarial strips recorded" code={ASKED.strips.code}>
          A strip changes an image step by step until the model predicts another class.
        </Message>
        {Object.keys(model.saliency).length > 0 && (
          <SaliencyMaps model={model} step={state.a.value?.step ?? 0} own={[]} />
        )}
      </div>
    );
  }
  // while another image is under way the one before stays in sight
  const read = answer.value ?? [];
  const strips = read.filter((one): one is Strip => !(one instanceof Failure));
  const strip = strips.find(({ id }) => id === chosen?.id) ?? strips[0] ?? null;
  const [unread] = strips.length === 0 ? read.filter((one) => one instanceof Failure) : [];
  const failure = list.state === "failed" ? list.message : (unread?.message ?? null);
  const isBusy = list.state === "loading" || (group !== null && answer.state === "loading");
  return (
    <div class="strips" aria-busy={isBusy}>
      <StripList model={model} groups={groups} chosen={chosen?.id ?? null} />
      <div class="strips-main">
        {failure !== null && (
          <Message kind="failed" title="The strips could not be read">
            {failure}
          </Message>
        )}
        {!strip && failure === null && isBusy && <Message kind="loading" title="Loading strips…" />}
        {!strip && failure === null && !isBusy && (
          <Message kind="failed" title="None of the strips could be read" />
        )}
        {strip && <Shown model={model} options={options} strips={strips} strip={strip} />}
      </div>
    </div>
  );
}

const PICTURE_NAMES: Readonly<Record<StripPicture, string>> = {
  image: "Image",
  difference: "Difference",
  overlay: "Difference over image",
  saliency: "Saliency",
};

interface ShownProps extends AnswerProps {
  /** Of one image. */
  readonly strips: readonly Strip[];
  /** The one in detail. */
  readonly strip: Strip;
}

function Shown({ model, options, strips, strip }: ShownProps) {
  const [hovered, setHovered] = useState<FramePlace | null>(null);
  const frame = chosenFrame(strip, options.frame);
  const inProbe = strip.instance >= 0 && strip.hash === model.probe?.hash;
  return (
    <>
      <ViewTools label="Strips" savable={() => savableStrips(model, strips)}>
        <Choice
          label="Pictures"
          value={options.picture}
          choices={STRIP_PICTURES}
          names={PICTURE_NAMES}
          onChoose={(picture) => whatIfOptions.choose({ picture })}
        />
      </ViewTools>
      <div class="what-if-scroll">
        <StripRows
          model={model}
          strips={strips}
          strip={strip}
          frame={frame}
          picture={options.picture}
          hovered={hovered}
          onHover={setHovered}
          onChoose={({ id, frame: wanted }) => whatIfOptions.choose({ strip: id, frame: wanted })}
        />
        <FrameDetail model={model} strip={strip} frame={frame} />
        <ChangedUnits model={model} strip={strip} frame={frame} />
        <SaliencyMaps model={model} step={strip.step} own={inProbe ? [strip.instance] : []} />
      </div>
    </>
  );
}
