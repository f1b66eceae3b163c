import { ofMoment, request } from "../../api/ask";
import { useAnswer } from "../../state/answers";
import * as state from "../../state/store";
import { unitTitle } from "../../state/unitNames";
import type { ArchitecturePicture } from "./picture";

interface Props {
  readonly picture: ArchitecturePicture;
  readonly layer: string;
}

const SHOWN = 60;

/** The dead units of a layer, those that died since the first record apart; pressing one opens it. */
export function DeadUnits({ picture, layer }: Props) {
  const { model, moment, place } = picture;
  const answer = useAnswer(request("dead_units", { ...ofMoment(moment), layer }));
  if (answer.state === "failed") return <p class="note">{answer.message}</p>;
  const found = answer.value;
  if (!found) return null;
  const died = found.units.filter((unit) => !found.before.includes(unit));
  const always = found.units.filter((unit) => found.before.includes(unit));
  const first = found.first.toLocaleString("en");
  const lists = [
    { title: `Died after step ${first}`, units: found.step === found.first ? [] : died },
    { title: `Dead since step ${first}`, units: found.step === found.first ? found.units : always },
  ];
  return (
    <section class="dead-units">
      {found.units.length === 0 && <p class="faint">No dead units at this step.</p>}
      {lists.map(
        ({ title, units }) =>
          units.length > 0 && (
            <div key={title}>
              <h3>
                {title} <span class="faint">{units.length}</span>
              </h3>
              <p>
                {units.slice(0, SHOWN).map((unit) => (
                  <button
                    key={unit}
                    type="button"
                    class="plain"
                    disabled={place === "B"}
                    title={`Open ${unitTitle(model, { layer, unit })}`}
                    onClick={() => state.choose({ unit: { layer, unit } })}
                  >
                    {unit}
                  </button>
                ))}
                {units.length > SHOWN && (
                  <span class="faint"> and {units.length - SHOWN} more</span>
                )}
              </p>
            </div>
          ),
      )}
      <p class="faint">exactly 0 on all {found.inputs.toLocaleString("en")} inputs of the record</p>
    </section>
  );
}
