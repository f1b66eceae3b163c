/** A compiled pair of shaders. */

export class Program {
  private readonly handle: WebGLProgram;
  private readonly places = new Map<string, WebGLUniformLocation | null>();

  /** Throws the compiler's words where a shader is not accepted. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    vertex: string,
    fragment: string,
  ) {
    this.handle = gl.createProgram();
    const shaders = [
      compiled(gl, gl.VERTEX_SHADER, vertex),
      compiled(gl, gl.FRAGMENT_SHADER, fragment),
    ];
    for (const shader of shaders) gl.attachShader(this.handle, shader);
    gl.linkProgram(this.handle);
    if (!gl.getProgramParameter(this.handle, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(gl.getProgramInfoLog(this.handle) ?? "the shaders do not fit one another");
    for (const shader of shaders) gl.deleteShader(shader);
  }

  use(): void {
    this.gl.useProgram(this.handle);
  }

  /** Where a uniform is set; null, which sets nothing, where the compiler has left it out. */
  at(name: string): WebGLUniformLocation | null {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    const found = this.gl.getUniformLocation(this.handle, name);
    this.places.set(name, found);
    return found;
  }

  destroy(): void {
    this.gl.deleteProgram(this.handle);
  }
}

function compiled(gl: WebGL2RenderingContext, kind: GLenum, source: string): WebGLShader {
  const shader = gl.createShader(kind);
  if (!shader) throw new Error("the graphics context is lost");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
    throw new Error(gl.getShaderInfoLog(shader) ?? "a shader does not compile");
  return shader;
}
