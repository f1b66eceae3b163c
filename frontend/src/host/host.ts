/** The page around us: reloads, the address bar, and whether we are in sight. Everything works without it, too. */

import type { Parameters } from "../state/address";

const PLUGIN = "neural";
const PREFIX = `p.${PLUGIN}.`;

/** TensorBoard's window; our own when it is closed to us. */
export function hostWindow(): Window {
  try {
    void window.parent.document.body;
    void window.parent.location.hash;
    return window.parent;
  } catch {
    return window;
  }
}

/** Our parameters in a fragment such as `#neural&p.neural.view=…`; those that cannot be decoded are left out. */
export function parametersOf(hash: string): Parameters {
  const found = new Map<string, string>();
  for (const component of hash.replace(/^#/, "").split("&")) {
    const [name = "", ...value] = component.split("=");
    if (!name.startsWith(PREFIX)) continue;
    try {
      found.set(name.slice(PREFIX.length), decodeURIComponent(value.join("=")));
    } catch {
      // a fragment cut in the middle of an escape
    }
  }
  return found;
}

/** `hash` with our parameters replaced by `parameters` and everything else as it was. */
export function hashWith(hash: string, parameters: Parameters): string {
  const others = hash
    .replace(/^#/, "")
    .split("&")
    .filter((component) => component !== "" && !component.startsWith(PREFIX));
  const tab = others.find((component) => !component.includes("="));
  const ours = [...parameters].map(
    ([key, value]) => `${PREFIX}${key}=${encodeURIComponent(value)}`,
  );
  return `#${[...(tab ? [] : [PLUGIN]), ...others, ...ours].join("&")}`;
}

export function readAddress(): Parameters {
  return parametersOf(hostWindow().location.hash);
}

/** Put `parameters` in the address bar, as a new entry of the history where Back shall lead here. */
export function writeAddress(parameters: Parameters, isNew = false): void {
  const { location, history } = hostWindow();
  const hash = hashWith(location.hash, parameters);
  if (hash === location.hash) return;
  if (isNew) history.pushState(history.state, "", hash);
  else history.replaceState(history.state, "", hash);
}

/** The address of the whole page with `parameters`, to be copied. */
export function linkTo(parameters: Parameters): string {
  const { href, hash } = hostWindow().location;
  return href.replace(/#.*$/s, "") + hashWith(hash, parameters);
}

export function onAddress(listener: () => void): void {
  hostWindow().addEventListener("hashchange", listener);
}

/**
 * Call `listener` with whether the page is in sight: neither our frame nor the browser's tab is hidden.
 * TensorBoard hides a frame by taking its height, which leaves its edge "intersecting": what counts is that
 * some of its area can be seen. In a tab in the background no intersection is observed.
 */
export function onVisible(listener: (visible: boolean) => void): void {
  let inFrame = true;
  const tell = () => listener(inFrame && document.visibilityState === "visible");
  const observer = new IntersectionObserver(
    (entries) => {
      inFrame = (entries.at(-1)?.intersectionRatio ?? 0) > 0;
      tell();
    },
    { threshold: [0, 0.001] },
  );
  observer.observe(document.body);
  document.addEventListener("visibilitychange", tell);
  tell();
}

interface Message {
  readonly type: string;
  readonly id: number;
  readonly payload: unknown;
  readonly error: string | null;
  readonly isReply: boolean;
}

/**
 * Speak TensorBoard's guest protocol: `onReload` is called whenever TensorBoard has reloaded its data,
 * `onRuns` with the names of all runs in its order. The promise tells whether the host answers at all.
 */
export function connect(
  onReload: () => void,
  patience = 3000,
  onRuns: (runs: readonly string[]) => void = () => {},
): Promise<boolean> {
  const { port1: port, port2 } = new MessageChannel();
  const answered = new Promise<boolean>((resolve) => {
    port.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.isReply || message.type === "experimental.RunsChanged") {
        const { payload } = message;
        if (Array.isArray(payload)) onRuns(payload.filter((run) => typeof run === "string"));
      }
      if (message.isReply) {
        resolve(true);
        return;
      }
      if (message.type === "experimental.DataReloaded") onReload();
      const reply: Message = { ...message, payload: null, error: null, isReply: true };
      port.postMessage(JSON.stringify(reply));
    };
    setTimeout(() => resolve(false), patience);
  });
  window.parent.postMessage("experimental.bootstrap", "*", [port2]);
  const question: Message = {
    type: "experimental.GetRuns",
    id: 0,
    payload: null,
    error: null,
    isReply: false,
  };
  port.postMessage(JSON.stringify(question));
  return answered;
}
