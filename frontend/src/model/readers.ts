/** Readers of JSON that a person may have altered: undefined for what is not as expected. */

export type Reader<T> = (value: unknown) => T | undefined;

export const text: Reader<string> = (value) => (typeof value === "string" ? value : undefined);
export const number: Reader<number> = (value) =>
  Number.isSafeInteger(value) ? (value as number) : undefined;
export const natural: Reader<number> = (value) => (Number(value) >= 0 ? number(value) : undefined);
export const flag: Reader<boolean> = (value) => (typeof value === "boolean" ? value : undefined);

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value) =>
    allowed.find((known) => known === value);

export const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map(read);
    return items.some((item) => item === undefined) ? undefined : (items as T[]);
  };

export const fields =
  <T extends object>(readers: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> =>
  (value) => {
    if (typeof value !== "object" || value === null) return undefined;
    const source = value as Readonly<Record<string, unknown>>;
    const entries = Object.keys(readers).map(
      (key) => [key, readers[key as keyof T](source[key])] as const,
    );
    return entries.some(([, item]) => item === undefined)
      ? undefined
      : (Object.fromEntries(entries) as T);
  };

/** Reads a tuple into an object whose keys are given in the tuple's order. */
export const tuple =
  <T extends object>(readers: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> =>
  (value) =>
    Array.isArray(value)
      ? fields<T>(readers)(
          Object.fromEntries(Object.keys(readers).map((key, place) => [key, value[place]])),
        )
      : undefined;

export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null ? null : read(value);

export const between =
  (low: number, high: number): Reader<number> =>
  (value) => {
    const found = natural(value);
    return found === undefined ? undefined : Math.min(high, Math.max(low, found));
  };

/** A number of any size, whole or not. */
export const finite: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
