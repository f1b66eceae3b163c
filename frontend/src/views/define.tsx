/** What a view is: the shell gives it its tab, its empty and failed states, and its lines in the help. */

import type { ComponentChildren, JSX } from "preact";
import type { Model } from "../api/schema";
import type { Moment } from "../api/types";
import { EVERYTHING, type RailUse } from "../model/railUse";
import type { Options } from "../state/options";
import { Message } from "../ui/Message";

/** What is said where nothing is recorded for a view. */
export interface Missing {
  readonly title: string;
  readonly text: ComponentChildren;
  /** Lines that record it. */
  readonly code: string;
}

export interface ViewProps<T> {
  readonly model: Model;
  /** Moment A, which is of the model. */
  readonly a: Moment;
  readonly options: T;
}

interface Definition<T> {
  /** As the address has it, and the view's element in `data-view`. */
  readonly id: string;
  readonly title: string;
  readonly options: Options<T>;
  readonly View: (props: ViewProps<T>) => JSX.Element | null;
  /** Kinds of record of which one at least must be there; none where it works with any run. */
  readonly needs?: readonly string[];
  /** What is said where none of them is. */
  readonly missing?: (model: Model) => Missing;
  /** Whether it shows the open unit itself, in place of the panel at the right. */
  readonly showsUnit?: boolean;
  /** What its own keys do. */
  readonly keys?: readonly (readonly [keys: string, effect: string])[];
  /** Parts of the rail that act in it; all where none is said. */
  readonly rail?: RailUse;
  /** What it shows, in a sentence; it may read the state. */
  readonly sentence?: Sentence<T>;
}

type Sentence<T> = (props: ViewProps<T>) => string;

/** A view as the shell has it. */
export interface View {
  readonly id: string;
  readonly title: string;
  readonly showsUnit: boolean;
  readonly keys: readonly (readonly [keys: string, effect: string])[];
  readonly rail: RailUse;
  /** What it shows of a model, in a sentence; null where it says so itself. */
  readonly sentence: (of: { readonly model: Model; readonly a: Moment }) => string | null;
  /** The view, or why there is nothing to see of a model. */
  readonly Shown: (props: { readonly model: Model; readonly a: Moment }) => JSX.Element;
}

export function defineView<T>(definition: Definition<T>): View {
  const { id, title, options, View, needs = [], missing = () => NOTHING } = definition;
  const { showsUnit = false, keys = [], rail = EVERYTHING } = definition;
  const isThere = (model: Model) =>
    needs.length === 0 || needs.some((kind) => kind in model.recorded);
  const sentence: View["sentence"] = ({ model, a }) =>
    definition.sentence && isThere(model)
      ? definition.sentence({ model, a, options: options.value })
      : null;
  const Shown: View["Shown"] = ({ model, a }) => {
    if (isThere(model)) return <View model={model} a={a} options={options.value} />;
    const { title: what, text, code } = missing(model);
    return (
      <div data-view={id}>
        <Message title={what} code={code}>
          {text}
        </Message>
      </div>
    );
  };
  return { id, title, showsUnit, keys, rail, sentence, Shown };
}

const NOTHING: Missing = {
  title: "Nothing recorded for this view",
  text: "This run has only other records.",
  code: "",
};
