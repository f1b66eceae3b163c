import { effect } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Crop } from "../model/crop";
import { index, model, tensors } from "../model/samples";
import { forget } from "./answers";
import { facets, instancePicture } from "./pictures";
import * as state from "./store";

const asked: string[] = [];
let answers: Record<string, () => Response> = {};
let runs = 0;
/** A run of its own for each test: pictures are kept for the page's life. */
const fresh = (changes = {}) => model({ run: `pictured ${runs++}`, facetSteps: [40], ...changes });

/** A picture of 40 × 20 pixels that is there at once. */
class PromptImage {
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  naturalWidth = 40;
  naturalHeight = 20;
  private address = "";
  get src() {
    return this.address;
  }
  set src(address: string) {
    this.address = address;
    queueMicrotask(() => (address.includes("broken") ? this.onerror : this.onload)?.());
  }
}

beforeEach(() => {
  asked.length = 0;
  forget();
  vi.stubGlobal("Image", PromptImage);
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const answer = answers[url.split("?")[0] ?? ""];
    return Promise.resolve(answer ? answer() : new Response("no", { status: 404 }));
  });
});

afterEach(() => vi.unstubAllGlobals());

/** What `read` gives once it gives something. */
async function settled<T>(read: () => T, isThere: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  const stop = effect(() => {
    last = read();
  });
  await vi.waitFor(() => expect(isThere(last as T)).toBe(true));
  stop();
  return last as T;
}

const place = ({ x, y, width, height }: Crop) => [x, y, width, height];

describe("feature visualisations", () => {
  const atlas = { id: "a-40", step: 40, tile: 16, columns: 3, perUnit: 2, units: [4, 9] };

  it("are tiles of one atlas a layer, in reading order, nearest step first", async () => {
    const older = { ...atlas, id: "a-0", step: 0, units: [9, 11] };
    answers = { facets: () => Response.json({ layers: { "features.3": [atlas, older] } }) };
    const run = fresh();
    const crops = (unit: number) => facets(run, 80, { layer: "features.3", unit });
    const found = await settled(
      () => crops(9),
      ({ length }) => length > 0,
    );
    expect(found.map(place)).toEqual([
      [32, 0, 16, 16],
      [0, 16, 16, 16],
    ]);
    expect(found[0]?.step).toBe(40);
    const other = await settled(
      () => crops(11),
      ({ length }) => length > 0,
    );
    expect(other[0]?.step).toBe(0);
    expect(crops(5)).toEqual([]);
    expect(facets(run, 80, { layer: "classifier.1", unit: 9 })).toEqual([]);
    expect(asked.filter((url) => url.startsWith("facets"))).toHaveLength(1);
    expect(new URLSearchParams(asked[0]?.split("?")[1]).get("step")).toBe("40");
  });

  it("are not asked for where none are recorded", () => {
    expect(facets(fresh({ facetSteps: [] }), 80, { layer: "features.3", unit: 9 })).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe("pictures of instances", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  const page = () =>
    new Response(
      tensors({
        bytes: { data: bytes, shape: [5] },
        offset: { data: Uint32Array.of(0, 2, 2, 5, 5), shape: [5] },
      }),
    );

  it("come all in one answer, and are cropped to a box", async () => {
    answers = { thumbnails: page };
    const blobs: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
      blobs.push(blob as Blob);
      return `blob:${blobs.length}`;
    });
    const run = fresh();
    const whole = await settled(() => instancePicture(run, 2), Boolean);
    const part = await settled(() => instancePicture(run, 0, [0.5, 0.25, 1, 0.75]), Boolean);
    expect(whole && place(whole)).toEqual([0, 0, 40, 20]);
    expect(part && place(part)).toEqual([10, 10, 20, 10]);
    expect(part?.exact).toBe(true);
    expect([...new Uint8Array((await blobs[0]?.arrayBuffer()) ?? new ArrayBuffer())]).toEqual([
      3, 4, 5,
    ]);
    expect(asked).toHaveLength(1);
  });

  it("are not asked for where there is no such picture", () => {
    const bare = { hash: "9f2c", size: 4, pictured: false, lossless: true };
    expect(instancePicture(fresh({ probe: null }), 0)).toBeNull();
    expect(instancePicture(fresh({ probe: bare }), 0)).toBeNull();
    expect(instancePicture(fresh(), 4)).toBeNull();
    expect(asked).toEqual([]);
  });

  it("that could not be had are asked for again after a reload, not before", async () => {
    answers = {};
    const run = fresh();
    state.receive(index(run));
    const stop = effect(() => {
      instancePicture(run, 0);
    });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await new Promise((later) => setTimeout(later));
    expect(asked).toHaveLength(1);
    answers = { thumbnails: page };
    state.receive(index(run));
    expect((await settled(() => instancePicture(run, 0), Boolean))?.width).toBe(40);
    stop();
  });
});
