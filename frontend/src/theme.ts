/** Light or dark, and the colours of TensorBoard's own page. */

import type { Theme } from "./color";
import { hostWindow } from "./host";

/** Our variables, and those of the host that they take their values from. */
const TAKEN: Readonly<Record<string, string>> = {
  "--background": "--primary-background-color",
};

/** Follow the theme of TensorBoard's page from now on. */
export function followTheme(onChange: (theme: Theme) => void): void {
  const host = hostWindow();
  const { body } = host.document;
  const alone = host === window ? matchMedia("(prefers-color-scheme: dark)") : null;
  const update = () => {
    const dark = alone ? alone.matches : body.classList.contains("dark-mode");
    const theme: Theme = dark ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
    takeOver(body);
    onChange(theme);
  };
  new MutationObserver(update).observe(body, { attributes: true, attributeFilter: ["class"] });
  alone?.addEventListener("change", update);
  update();
}

function takeOver(body: HTMLElement): void {
  const host = getComputedStyle(body);
  for (const [ours, theirs] of Object.entries(TAKEN)) {
    const value = host.getPropertyValue(theirs).trim();
    if (value) document.documentElement.style.setProperty(ours, value);
    else document.documentElement.style.removeProperty(ours);
  }
}
