import { useEffect, useRef } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { StripSummary } from "../../api/types";
import { short } from "../../model/format";
import { className, shownName } from "../../model/names";
import * as state from "../../state/store";
import { Name } from "../../ui/Name";
import { RovingList } from "../../ui/RovingList";
import { FramePicture } from "./FramePicture";
import { probabilityText, type StripGroup, targetName, targetOf } from "./groups";
import { whatIfOptions } from "./options";

interface Props {
  readonly model: Model;
  readonly groups: readonly StripGroup[];
  /** Id of the strip in detail. */
  readonly chosen: string | null;
}

/** All strips, by image. */
export function StripList({ model, groups, chosen }: Props) {
  return (
    <nav class="strip-list" aria-label="Strips by image">
      <RovingList>
        {groups.map((group) => (
          <section key={group.key}>
            <GroupHead model={model} group={group} />
            <ul>
              {group.strips.map((strip) => (
                <li key={strip.id}>
                  <StripLine model={model} strip={strip} isChosen={strip.id === chosen} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </RovingList>
    </nav>
  );
}

function GroupHead({ model, group }: { readonly model: Model; readonly group: StripGroup }) {
  const [first] = group.strips;
  const inProbe = group.instance >= 0 && group.hash === model.probe?.hash;
  return (
    <div class="strip-group">
      {first && <FramePicture model={model} strip={first} number={0} label="" />}
      <div>
        <Name name={group.label < 0 ? shownName(group.name) : className(model, group.label)} />
        {group.label >= 0 && group.name !== "" && group.name !== String(group.instance) && (
          <Name name={group.name} class="faint" />
        )}
        <span class="faint">step {group.step.toLocaleString("en")}</span>
        {inProbe && (
          <button
            type="button"
            class="plain"
            aria-pressed={state.instances.value?.includes(group.instance) ?? false}
            title="Select the instance in all views"
            onClick={() => state.toggleInstance(group.instance)}
          >
            instance {group.instance}
          </button>
        )}
      </div>
    </div>
  );
}

interface LineProps {
  readonly model: Model;
  readonly strip: StripSummary;
  readonly isChosen: boolean;
}

function StripLine({ model, strip, isChosen }: LineProps) {
  const line = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isChosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const name = targetName(model, strip);
  const isClass = targetOf(strip).kind === "class";
  const text = (value: number) => (isClass ? probabilityText(value) : short(value, 2));
  return (
    <button
      type="button"
      class="strip-line"
      ref={line}
      data-strip={strip.id}
      aria-pressed={isChosen}
      onClick={() => whatIfOptions.choose({ strip: strip.id, frame: null })}
    >
      <span aria-hidden="true">→</span>
      <Name name={name} />
      <span class="faint">{strip.norm === "l2" ? "L2" : "L∞"}</span>
      <span class="number faint">
        {text(strip.first)} … {text(strip.last)}
      </span>
      <span class="faint">{strip.flip > 0 ? "flips" : ""}</span>
    </button>
  );
}
