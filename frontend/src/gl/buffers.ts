/** What is drawn of each dot and line but where: uploaded when it changes, never for a frame. */

/** A dot's bytes: its row, its colour, then glyph, radius in 16ths of a pixel, ring, hollowness. */
const DOT = 12;
/** A line's bytes: row and slice of both ends (slice -1 goes with the field), then its colour. */
const LINE = 20;

export interface DotLook {
  readonly row: number;
  /** Red, green, blue and opacity, 0 to 255. */
  readonly colour: readonly [number, number, number, number];
  /** Index into `GLYPHS`. */
  readonly glyph: number;
  /** In pixels, below 16. */
  readonly radius: number;
  readonly ringed: boolean;
  readonly hollow: boolean;
}

export interface LineLook {
  readonly from: number;
  readonly to: number;
  /** Slices that the ends stay in; without them they go along. */
  readonly slices?: readonly [number, number];
  readonly colour: readonly [number, number, number, number];
}

export function dotBytes(looks: readonly DotLook[]): ArrayBuffer {
  const buffer = new ArrayBuffer(DOT * looks.length);
  const [rows, bytes] = [new Uint32Array(buffer), new Uint8Array(buffer)];
  looks.forEach(({ row, colour, glyph, radius, ringed, hollow }, place) => {
    rows[(DOT / 4) * place] = row;
    const rest = [...colour, glyph, Math.round(16 * radius), Number(ringed), Number(hollow)];
    bytes.set(rest, DOT * place + 4);
  });
  return buffer;
}

export function lineBytes(looks: readonly LineLook[]): ArrayBuffer {
  const buffer = new ArrayBuffer(LINE * looks.length);
  const [ends, bytes] = [new Int32Array(buffer), new Uint8Array(buffer)];
  looks.forEach(({ from, to, slices = [-1, -1], colour }, place) => {
    ends.set([from, slices[0], to, slices[1]], (LINE / 4) * place);
    bytes.set(colour, LINE * place + 16);
  });
  return buffer;
}

/** Four corners an instance. */
class Instanced {
  count = 0;
  private readonly array: WebGLVertexArrayObject;
  private readonly buffer: WebGLBuffer;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly size: number,
    describe: () => void,
    attributes: number,
  ) {
    this.array = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    describe();
    for (let place = 0; place < attributes; place++) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.bindVertexArray(null);
  }

  set(bytes: ArrayBuffer): void {
    const { gl } = this;
    this.count = bytes.byteLength / this.size;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.STATIC_DRAW);
  }

  draw(): void {
    const { gl } = this;
    gl.bindVertexArray(this.array);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
  }

  destroy(): void {
    this.gl.deleteBuffer(this.buffer);
    this.gl.deleteVertexArray(this.array);
  }
}

export class Dots extends Instanced {
  constructor(gl: WebGL2RenderingContext) {
    const describe = () => {
      gl.vertexAttribIPointer(0, 1, gl.UNSIGNED_INT, DOT, 0);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, DOT, 4);
      gl.vertexAttribPointer(2, 4, gl.UNSIGNED_BYTE, false, DOT, 8);
    };
    super(gl, DOT, describe, 3);
  }
}

export class Lines extends Instanced {
  constructor(gl: WebGL2RenderingContext) {
    const describe = () => {
      gl.vertexAttribIPointer(0, 4, gl.INT, LINE, 0);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, LINE, 16);
    };
    super(gl, LINE, describe, 2);
  }
}
