import { shownName } from "../model/names";

interface Props {
  readonly name: string;
  readonly class?: string;
}

/** An untrusted name: text in its own direction, cut by the space there is, whole in its tooltip. */
export function Name({ name, class: extra = "" }: Props) {
  const text = shownName(name);
  return (
    <bdi class={`name ${extra} ${name.trim() === "" ? "is-empty" : ""}`} title={text}>
      {text}
    </bdi>
  );
}
