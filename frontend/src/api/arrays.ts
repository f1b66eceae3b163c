/** An array as it travels: a flat typed array and its shape, in C order. */
export interface Tensor<A> {
  readonly data: A;
  readonly shape: readonly number[];
}

/** Counts come in the narrowest unsigned type that holds them. */
export type Counts = Tensor<Uint8Array | Uint16Array | Uint32Array>;
export type Floats = Tensor<Float32Array>;

/** The answer of a route that sends arrays. */
export interface Answer<Arrays, Meta> {
  readonly arrays: Arrays;
  readonly meta: Meta;
}
