import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import answer from "../../../tests/golden/answer.safetensors?inline";
import { ODD_NAMES } from "../model/samples";
import { lasting, mapped, ofModel, picture, type Request, request, sent } from "./ask";
import { strip, strips } from "./strips";

const id = { run: "plain", model: "model" };
let respond: () => Response = () => Response.json({ instances: [] });

beforeEach(() => {
  respond = () => Response.json({ instances: [] });
  vi.stubGlobal("fetch", () => Promise.resolve(respond()));
});

afterEach(() => vi.unstubAllGlobals());

const ask = <T>(question: Request<T>, signal = new AbortController().signal): Promise<T> =>
  question.ask(signal).then(({ value }) => value);
const parameters = ({ url }: Pick<Request<unknown>, "url">) => [
  ...new URLSearchParams(url.split("?")[1]),
];
const instances = request("instances", ofModel(id));
const predictions = request("predictions", { ...id, step: 0 });

describe("answers", () => {
  it("come with the memory that they take", async () => {
    const { signal } = new AbortController();
    expect((await instances.ask(signal)).bytes).toBe(2 * '{"instances":[]}'.length);
    expect(await ask(mapped(instances, (found) => found.instances.length))).toBe(0);
  });

  it("that the server refuses say why", async () => {
    respond = () => new Response("run 'plain' has no probe set", { status: 404 });
    await expect(ask(instances)).rejects.toThrow("run 'plain' has no probe set");
  });

  it("that lack an array say which", async () => {
    const bytes = Uint8Array.from(atob(answer.slice(answer.indexOf(",") + 1)), (character) =>
      character.charCodeAt(0),
    );
    respond = () => new Response(bytes);
    await expect(ask(predictions)).rejects.toThrow("the answer of predictions lacks the array top");
  });

  it("that hold another kind of number say so", async () => {
    const header = '{"top":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}';
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    respond = () => new Response(bytes);
    await expect(ask(predictions)).rejects.toThrow(
      "the array top of predictions does not hold counts",
    );
  });

  it("of a server that is gone say so", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(ask(instances)).rejects.toThrow(
      "TensorBoard does not answer; is it still running?",
    );
  });

  it("in HTML are not shown as text", async () => {
    respond = () => new Response("<!doctype html>", { status: 500 });
    await expect(ask(instances)).rejects.toThrow("TensorBoard answered 500");
  });

  it("that are not waited for any more are no failures of the server", async () => {
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) =>
      Promise.reject(signal?.reason ?? new Error("not aborted")),
    );
    await expect(ask(instances, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});

describe("addresses", () => {
  it.each(ODD_NAMES)("carry names unchanged: %j", (name) => {
    const one = { run: name, model: name, step: -1, subset: `slice:${name}` };
    expect(parameters(request("layers", { s: [sent(one), sent({ ...one, step: 2 })] }))).toEqual([
      ["s", JSON.stringify([name, name, -1, `slice:${name}`])],
      ["s", JSON.stringify([name, name, 2, `slice:${name}`])],
    ]);
    const url = picture("thumbnail", { run: name, model: name, instance: 3 });
    expect(parameters({ url })).toEqual([
      ["run", name],
      ["model", name],
      ["instance", "3"],
    ]);
  });

  it("say true as 1, repeat what is a list, and leave out what is null or false", () => {
    const s = sent({ ...id, step: 3, subset: "all" });
    const asked = request("graph", {
      s: [s],
      mass: null,
      lift: true,
      directed: false,
      open: ["a", "b"],
    });
    expect(asked.url.split("?")[0]).toBe("graph");
    expect(parameters(asked)).toEqual([
      ["s", '["plain","model",3,"all"]'],
      ["lift", "1"],
      ["open", "a"],
      ["open", "b"],
    ]);
  });

  it("of one subject are as those of several", () => {
    const s = sent({ ...id, step: 3, subset: "all" });
    const one = request("activations", { layer: "fc", s, unit: 5 });
    const many = request("distributions", { layer: "fc", s: [s], unit: 5 });
    expect(parameters(one)).toEqual(parameters(many));
  });

  it("are relative, so that a path prefix does not matter", () => {
    expect(instances.url).toMatch(/^instances\?/);
    expect(lasting(instances).url).toBe(instances.url);
  });
});

describe("strips", () => {
  it("have NaN for numbers that are not finite, at any depth", async () => {
    const curve = { effect: [1, null], probability: [[null, 0.5]] };
    respond = () => Response.json({ first: null, name: "", curve });
    expect(await ask(strip(id, "x"))).toMatchObject({
      first: Number.NaN,
      name: "",
      curve: { effect: [1, Number.NaN], probability: [[Number.NaN, 0.5]] },
    });
  });

  it("come as a list without its wrapping", async () => {
    respond = () => Response.json({ strips: [{ id: "x", last: null }] });
    expect(await ask(strips(id))).toEqual([{ id: "x", last: Number.NaN }]);
  });
});
