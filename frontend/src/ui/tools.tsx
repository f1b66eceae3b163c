/** What toolbars of several views are made of. */

interface SelectProps<T extends string> {
  readonly label: string;
  readonly title?: string;
  readonly value: T;
  readonly choices: readonly T[];
  /** What it is called, by default itself. */
  readonly name?: (choice: T) => string;
  readonly onChoose: (choice: T) => void;
}

/** One of some choices. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, title, value, choices, name = String, onChoose } = props;
  return (
    <label title={title}>
      {label}{" "}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = choices.find((known) => known === currentTarget.value);
          if (chosen !== undefined) onChoose(chosen);
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {name(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CheckProps {
  readonly label: string;
  readonly title?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Check({ label, title, checked, onChange }: CheckProps) {
  return (
    <label class="check" title={title}>
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly T[];
  readonly names?: Readonly<Record<T, string>>;
  readonly onChoose: (value: T) => void;
}

/** One of few choices, all in sight. */
export function Choice<T extends string>({
  label,
  value,
  choices,
  names,
  onChoose,
}: ChoiceProps<T>) {
  return (
    <fieldset class="choice" aria-label={label}>
      {choices.map((choice) => (
        <button
          type="button"
          key={choice}
          aria-pressed={choice === value}
          onClick={() => onChoose(choice)}
        >
          {names?.[choice] ?? choice}
        </button>
      ))}
    </fieldset>
  );
}
