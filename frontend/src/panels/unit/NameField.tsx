import { useState } from "preact/hooks";
import type { Model } from "../../api/schema";
import type { UnitId } from "../../api/types";
import { LONGEST, namedUnits, nameUnit, unitName } from "../../state/unitNames";
import { NameList } from "./NameList";

interface Props {
  readonly unit: UnitId;
  readonly model: Model;
}

const KEPT = "Names are kept in this browser, for this run. Export them to share them.";

/** The unit's name, to be read and to be given, and all names of the run. */
export function NameField({ unit, model }: Props) {
  const [listing, setListing] = useState(false);
  const name = unitName(model, unit) ?? "";
  const names = namedUnits(model);
  const given = names.find((of) => of.layer === unit.layer && of.unit === unit.unit);
  const keep = (field: HTMLInputElement) => {
    if (field.value.trim() !== name) nameUnit(model, unit, field.value);
    field.value = unitName(model, unit) ?? "";
  };
  return (
    <section class="unit-name">
      <input
        key={`${unit.layer} ${unit.unit} ${name}`}
        type="text"
        defaultValue={name}
        maxLength={LONGEST}
        placeholder="Name this unit"
        aria-label={`name of unit ${unit.unit} of ${unit.layer}`}
        title={KEPT}
        dir="auto"
        onBlur={(event) => keep(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.key === "Enter") keep(event.currentTarget);
          else if (event.key === "Escape") event.currentTarget.value = name;
          else return;
          event.stopPropagation();
        }}
      />
      <button type="button" aria-expanded={listing} onClick={() => setListing(!listing)}>
        {names.length === 1 ? "1 name" : `${names.length.toLocaleString("en")} names`}
      </button>
      {given && !given.own && <p class="faint">This name was recorded with the run.</p>}
      {listing && <NameList model={model} names={names} note={KEPT} />}
    </section>
  );
}
