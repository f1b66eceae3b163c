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

/**
 * Squares of four corners that share their bytes, in one plain draw: where the processor draws, each
 * instance of an instanced one would cost as much as a draw of its own.
 */
class Quads {
  count = 0;
  private readonly array: WebGLVertexArrayObject;
  private readonly buffer: WebGLBuffer;
  private readonly corners: WebGLBuffer;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly size: number,
    describe: () => void,
    attributes: number,
  ) {
    this.array = gl.createVertexArray();
    this.buffer = gl.createBuffer();
    this.corners = gl.createBuffer();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    describe();
    for (let place = 0; place < attributes; place++) gl.enableVertexAttribArray(place);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.corners);
    gl.bindVertexArray(null);
  }

  set(bytes: ArrayBuffer): void {
    const { gl } = this;
    const before = this.count;
    this.count = bytes.byteLength / this.size;
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, fourfold(bytes, this.size), gl.STATIC_DRAW);
    if (this.count > before)
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles(this.count), gl.STATIC_DRAW);
    gl.bindVertexArray(null);
  }

  draw(): void {
    const { gl } = this;
    gl.bindVertexArray(this.array);
    gl.drawElements(gl.TRIANGLES, 6 * this.count, gl.UNSIGNED_INT, 0);
  }

  destroy(): void {
    this.gl.deleteBuffer(this.buffer);
    this.gl.deleteBuffer(this.corners);
    this.gl.deleteVertexArray(this.array);
  }
}

/** Every record four times. */
export function fourfold(bytes: ArrayBuffer, size: number): Uint32Array {
  const words = size / 4;
  const [from, to] = [new Uint32Array(bytes), new Uint32Array(bytes.byteLength)];
  for (let at = 0; at < to.length; at++)
    to[at] = from[Math.floor(at / (4 * words)) * words + (at % words)] ?? 0;
  return to;
}

/** Two triangles a square, by its corners. */
export function triangles(count: number): Uint32Array {
  const corners = [0, 1, 2, 2, 1, 3];
  return Uint32Array.from(
    { length: 6 * count },
    (_, at) => 4 * Math.floor(at / 6) + (corners[at % 6] ?? 0),
  );
}

export class Dots extends Quads {
  constructor(gl: WebGL2RenderingContext) {
    const describe = () => {
      gl.vertexAttribIPointer(0, 1, gl.UNSIGNED_INT, DOT, 0);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, DOT, 4);
      gl.vertexAttribPointer(2, 4, gl.UNSIGNED_BYTE, false, DOT, 8);
    };
    super(gl, DOT, describe, 3);
  }
}

export class Lines extends Quads {
  constructor(gl: WebGL2RenderingContext) {
    const describe = () => {
      gl.vertexAttribIPointer(0, 4, gl.INT, LINE, 0);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, LINE, 16);
    };
    super(gl, LINE, describe, 2);
  }
}
