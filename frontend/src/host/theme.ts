/** Light or dark, as TensorBoard's own page is. */

import { COLOURS, hueColour, INK, SHADE, type Theme } from "../model/color";
import { hostWindow } from "./host";

/** Follow the theme of TensorBoard's page from now on. */
export function followTheme(onChange: (theme: Theme) => void): void {
  const host = hostWindow();
  const { body } = host.document;
  const alone = host === window ? matchMedia("(prefers-color-scheme: dark)") : null;
  const update = () => {
    const dark = alone ? alone.matches : body.classList.contains("dark-mode");
    const theme: Theme = dark ? "dark" : "light";
    paint(theme, body);
    onChange(theme);
  };
  new MutationObserver(update).observe(body, { attributes: true, attributeFilter: ["class"] });
  alone?.addEventListener("change", update);
  update();
}

/** Set our variables: the palette's, and the host's own background where it has one. */
function paint(theme: Theme, host: HTMLElement): void {
  const { style, dataset } = document.documentElement;
  dataset.theme = theme;
  style.colorScheme = theme;
  const background = getComputedStyle(host).getPropertyValue("--primary-background-color").trim();
  const { text, faint, line, accent, background: usual } = INK[theme];
  const shade = SHADE[theme];
  const colours = { text, faint, line, accent, shade, background: background || usual };
  for (const [name, colour] of Object.entries(colours)) style.setProperty(`--${name}`, colour);
  for (let hue = 0; hue < COLOURS; hue++) style.setProperty(`--hue-${hue}`, hueColour(hue, theme));
}
