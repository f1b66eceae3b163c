import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, hostWindow, onVisible, readAddress, writeAddress } from "./host";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  location.hash = "";
});

/** Connect, and return the host's end of the channel. */
function connected(onReload: () => void, patience: number) {
  const ports: MessagePort[] = [];
  vi.spyOn(window.parent, "postMessage").mockImplementation((...message: unknown[]) => {
    expect(message[0]).toBe("experimental.bootstrap");
    for (const port of message[2] as MessagePort[]) ports.push(port);
  });
  const answers = connect(onReload, patience);
  const [port] = ports;
  if (!port) throw new Error("no port was sent to the host");
  return { port, answers };
}

describe("the guest protocol", () => {
  it("knows a host that answers, and passes its reloads on with a reply", async () => {
    const replies: unknown[] = [];
    let reloads = 0;
    const { port, answers } = connected(() => reloads++, 10_000);
    const replied = new Promise<void>((resolve) => {
      port.onmessage = ({ data }) => {
        const message = JSON.parse(String(data));
        if (message.isReply) {
          replies.push(message);
          resolve();
        } else port.postMessage(JSON.stringify({ ...message, payload: [], isReply: true }));
      };
    });
    expect(await answers).toBe(true);
    port.postMessage(
      JSON.stringify({
        type: "experimental.DataReloaded",
        id: 7,
        payload: null,
        error: null,
        isReply: false,
      }),
    );
    await replied;
    expect(reloads).toBe(1);
    expect(replies).toEqual([
      { type: "experimental.DataReloaded", id: 7, payload: null, error: null, isReply: true },
    ]);
    port.close();
  });

  it("knows a host that does not", async () => {
    const { port, answers } = connected(() => undefined, 0);
    expect(await answers).toBe(false);
    port.close();
  });
});

describe("the address bar", () => {
  it("holds what was written", () => {
    writeAddress(new Map([["view", '"distributions"']]));
    expect(readAddress()).toEqual(new Map([["view", '"distributions"']]));
  });

  it("is our own when the host's is closed to us", () => {
    const closed = {
      get document(): never {
        throw new DOMException("cross-origin", "SecurityError");
      },
    };
    vi.spyOn(window, "parent", "get").mockReturnValue(
      closed as unknown as Window & typeof globalThis,
    );
    expect(hostWindow()).toBe(window);
    writeAddress(new Map([["a", "[1]"]]));
    expect(readAddress()).toEqual(new Map([["a", "[1]"]]));
  });
});

it("is in sight while neither the frame nor the browser's tab is hidden", () => {
  let seen: (entries: { readonly intersectionRatio: number }[]) => void = () => {};
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(tell: typeof seen) {
        seen = tell;
      }
      observe() {}
    },
  );
  const tab = vi.spyOn(document, "visibilityState", "get");
  const told: boolean[] = [];
  onVisible((visible) => told.push(visible));
  const turn = (state: DocumentVisibilityState) => {
    tab.mockReturnValue(state);
    document.dispatchEvent(new Event("visibilitychange"));
  };
  seen([{ intersectionRatio: 0.4 }]);
  turn("hidden");
  turn("visible");
  seen([{ intersectionRatio: 0 }]);
  turn("visible");
  expect(told).toEqual([true, true, false, true, false, false]);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
