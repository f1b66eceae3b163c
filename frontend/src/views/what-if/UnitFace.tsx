import { examples } from "../../api/graphRoutes";
import type { Model, UnitId } from "../../api/types";
import type { Crop } from "../../model/crop";
import { loaded } from "../../state/loaded";
import { facets, instancePicture } from "../../state/pictures";
import { Picture } from "../../ui/Picture";

interface Props {
  readonly model: Model;
  readonly step: number;
  readonly unit: UnitId;
}

/** Pixels of a picture in a line. */
const SIZE = 24;

/** What a unit looks for, in small: its feature visualisation, or what it sees of its best example. */
export function UnitFace({ model, step, unit }: Props) {
  const [facet] = facets(model, step, unit);
  const crop = facet ?? bestExample(model, step, unit);
  return crop && <Picture crop={crop} size={SIZE} label="" />;
}

function bestExample(model: Model, step: number, unit: UnitId): Crop | null {
  if (model.exampleSteps.length === 0) return null;
  const moment = { run: model.run, model: model.model, step };
  const key = ["examples", ...Object.values(moment), unit.layer, unit.unit];
  const found = loaded(key, () => examples(moment, unit), true);
  const [best] = found?.hash === model.probe?.hash ? (found?.examples ?? []) : [];
  return best ? instancePicture(model, best.instance, best.box) : null;
}
