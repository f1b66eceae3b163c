import { useState } from "preact/hooks";
import { ofModel, picture } from "../../api/ask";
import type { ModelId, PictureOf, Strip } from "../../api/types";
import type { StripPicture } from "./options";

interface Props {
  readonly model: ModelId;
  readonly strip: { readonly id: string };
  /** Of the picture in the strip. */
  readonly number: number;
  /** Of a picture that is laid over it: its grey changes nothing. */
  readonly over?: number | null;
  /** What it shows, for those who do not see it; empty for decoration. */
  readonly label: string;
}

/** Pictures up to so many pixels are drawn as they are, without smoothing. */
const TINY = 96;

/** A picture of a strip, as large as its place. */
export function FramePicture({ model, strip, number, over = null, label }: Props) {
  const [isTiny, setTiny] = useState(false);
  return (
    <span class={`frame-picture ${isTiny ? "is-exact" : ""}`}>
      <img
        src={addressOf(model, strip.id, number)}
        alt={label}
        loading="lazy"
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setTiny(Math.max(naturalWidth, naturalHeight) <= TINY)
        }
      />
      {over !== null && <img class="over" src={addressOf(model, strip.id, over)} alt="" />}
    </span>
  );
}

/** The address of a picture of a strip. */
export const addressOf = (model: ModelId, id: string, number: number): string =>
  picture("strip_picture", { ...ofModel(model), id, picture: number });

/** The numbers of what is shown of a frame: a picture, and one over it or none. */
export function picturesOf(
  { picture }: Pick<Strip, "picture">,
  kind: StripPicture | PictureOf,
  frame: number,
): { readonly number: number; readonly over: number | null } {
  if (kind === "overlay")
    return { number: picture.image + frame, over: picture.difference + frame };
  return { number: picture[kind] + frame, over: null };
}
