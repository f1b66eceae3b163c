/** Small settings of this browser, kept between visits. */

const PREFIX = "neural.";

/** The kept value of `name`, or `fallback` when there is none of its type or storage is closed to us. */
export function stored<T extends string | number | boolean>(name: string, fallback: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return typeof value === typeof fallback ? (value as T) : fallback;
  } catch {
    return fallback;
  }
}

export function store(name: string, value: string | number | boolean): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a full or forbidden storage costs only the memory of a setting
  }
}
