/** Positions and pictures as the shaders read them. */

import type { Positions } from "./field";

/** Lists of places kept on the graphics card: two steps of two moments, their trails, and what comes next. */
const KEPT = 12;
const WIDEST = 2048;

/** The places that were drawn last, each uploaded once. */
export class PlaceTextures {
  private readonly known = new Map<Positions, WebGLTexture>();

  constructor(private readonly gl: WebGL2RenderingContext) {}

  of(places: Positions): WebGLTexture {
    const found = this.known.get(places);
    if (found) return found;
    for (const [oldest, texture] of this.known) {
      if (this.known.size < KEPT) break;
      this.known.delete(oldest);
      this.gl.deleteTexture(texture);
    }
    const made = this.uploaded(places);
    this.known.set(places, made);
    return made;
  }

  private uploaded({ xy }: Positions): WebGLTexture {
    const { gl } = this;
    const count = Math.max(1, xy.length / 2);
    const width = Math.min(WIDEST, count);
    const height = Math.ceil(count / width);
    const whole = new Float32Array(2 * width * height);
    whole.set(xy);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG32F, width, height, 0, gl.RG, gl.FLOAT, whole);
    return texture;
  }

  destroy(): void {
    for (const texture of this.known.values()) this.gl.deleteTexture(texture);
    this.known.clear();
  }
}

/** The pictures of all rows in one texture, `tiles` by `tiles` of them. */
export class AtlasTexture {
  readonly texture: WebGLTexture;
  tiles = 0;
  private source: TexImageSource | null = null;
  private revision = -1;

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
  }

  /** Take the pictures in again where there are more of them than before. */
  set(atlas: Atlas | null): void {
    this.tiles = atlas?.tiles ?? 0;
    if (!atlas || (atlas.source === this.source && atlas.revision === this.revision)) return;
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, atlas.source);
    this.source = atlas.source;
    this.revision = atlas.revision;
  }

  destroy(): void {
    this.gl.deleteTexture(this.texture);
  }
}

export interface Atlas {
  /** Square; row `r`'s picture is at column `r % tiles`, line `r / tiles`. */
  readonly source: HTMLCanvasElement;
  readonly tiles: number;
  /** Rises with every picture that has come. */
  readonly revision: number;
}
