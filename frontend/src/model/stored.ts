/** Small settings of this browser, kept between visits. */

const PREFIX = "neural.";

type Setting = string | number | boolean;

/** The kept value of `name`, or `fallback` when there is none of its type or storage is closed to us. */
export function stored(name: string, fallback: boolean): boolean;
export function stored(name: string, fallback: number): number;
export function stored(name: string, fallback: string): string;
export function stored(name: string, fallback: Setting): Setting {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return typeof value === typeof fallback ? (value as Setting) : fallback;
  } catch {
    return fallback;
  }
}

export function store(name: string, value: Setting): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a full or forbidden storage costs only the memory of a setting
  }
}
