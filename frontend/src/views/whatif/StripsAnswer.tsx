import { useState } from "preact/hooks";
import { Message } from "../../controls/Message";
import { useRemote } from "../../remote";
import * as state from "../../state";
import { STRIP_PICTURES } from "../../viewOptions";
import * as api from "../../whatIfApi";
import { Choice, Exports } from "../Toolbar";
import { useSeen } from "../visible";
import { ChangedUnits } from "./ChangedUnits";
import { FrameDetail } from "./FrameDetail";
import { chosenFrame, type FramePlace } from "./frames";
import { chosenStrip, groupsOf } from "./groups";
import { ASKED } from "./questions";
import { SaliencyMaps } from "./SaliencyMaps";
import { StripList } from "./StripList";
import { StripRows } from "./StripRows";
import { savableStrips } from "./savableStrips";
import { save } from "./saving";
import type { AnswerProps } from "./WhatIfView";

/** What an image would have to be for the model to say something else, step by step. */
export function StripsAnswer({ model, options }: AnswerProps) {
  const [hovered, setHovered] = useState<FramePlace | null>(null);
  const asked = [state.revision.value, model.run, model.model];
  const listKey = useSeen(model.strips > 0 ? JSON.stringify(asked) : null);
  const list = useRemote(listKey, () => api.strips(model));
  const chosen = chosenStrip(list.value ?? [], options.strip, state.instances.value ?? []);
  const groups = groupsOf(list.value ?? []);
  const group = groups.find(({ strips }) => strips.some(({ id }) => id === chosen?.id)) ?? null;
  const groupKey = useSeen(group ? JSON.stringify([...asked, group.key]) : null);
  const answer = useRemote(groupKey, async () => ({
    key: group?.key,
    strips: await Promise.all((group?.strips ?? []).map(({ id }) => api.strip(model, id))),
  }));
  const strips = answer.value && answer.value.key === group?.key ? answer.value.strips : null;
  const strip = strips?.find(({ id }) => id === chosen?.id) ?? null;
  const failed = [list, answer].find((remote) => remote.state === "failed");
  const own = group && group.hash === model.probe?.hash ? [group.instance] : [];
  if (model.strips === 0) {
    return (
      <div class="what-if-scroll">
        <Message title="No adversarial strips are recorded" code={ASKED.strips.code}>
          A strip changes an image step by step until the model takes it for something else.
        </Message>
        <SaliencyMaps model={model} own={[]} />
      </div>
    );
  }
  const frame = strip ? chosenFrame(strip, options.frame) : 0;
  const choose = ({ id, frame: wanted }: FramePlace) =>
    state.chooseWhatIf({ strip: id, frame: wanted });
  return (
    <div class="strips" aria-busy={list.state === "loading" || answer.state === "loading"}>
      <StripList model={model} groups={groups} chosen={chosen?.id ?? null} />
      <div class="strips-main">
        <div class="view-tools" role="toolbar" aria-label="Strips">
          <Choice
            label="pictures"
            value={options.picture}
            choices={STRIP_PICTURES}
            onChoose={(picture) => state.chooseWhatIf({ picture })}
          />
          {strips && strip && (
            <Exports
              onExport={(format) =>
                save(format, savableStrips({ model, strips, strip, picture: options.picture }))
              }
            />
          )}
        </div>
        <div class="what-if-scroll">
          {failed?.state === "failed" && (
            <Message kind="failed" title="The strips cannot be read">
              {failed.message}
            </Message>
          )}
          {!strip && !failed && <Message kind="loading" title="Asking for the strips…" />}
          {strips && strip && (
            <>
              <StripRows
                model={model}
                strips={strips}
                strip={strip}
                frame={frame}
                picture={options.picture}
                hovered={hovered}
                onHover={setHovered}
                onChoose={choose}
              />
              <FrameDetail model={model} strip={strip} frame={frame} />
              <ChangedUnits model={model} strip={strip} frame={frame} />
              <SaliencyMaps model={model} own={own} />
            </>
          )}
        </div>
      </div>
    </div>
  );
}
