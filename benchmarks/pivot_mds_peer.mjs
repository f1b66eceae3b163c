// Deepling's published procedure for a map of activations, in plain JavaScript: Euclidean distances
// between all vectors, of which the first K are pivots; singular vectors of the double-centred
// squares by power iteration; axes times the roots of the singular values.
//
// node pivot_mds_peer.mjs FILE POINTS NUMBERS PIVOTS all|pivots   (FILE holds float32)

import { readFileSync } from "node:fs";

const [file, points, numbers, pivots, which] = process.argv.slice(2);
const [n, d, k] = [points, numbers, pivots].map(Number);
const AXES = 2;
const TOLERANCE = 1e-10;

function read() {
  const bytes = readFileSync(file);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, n * d);
  return Array.from({ length: n }, (_, at) => Array.from(values.subarray(at * d, (at + 1) * d)));
}

function distance(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = a[at] - b[at];
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function centred(distances) {
  const squares = distances.map((row) => row.map((value) => value * value));
  const rows = squares.map((row) => row.reduce((sum, value) => sum + value, 0) / n);
  const columns = squares[0].map((_, at) => squares.reduce((sum, row) => sum + row[at], 0) / k);
  const mean = rows.reduce((sum, value) => sum + value, 0) / k;
  return squares.map((row, i) => row.map((v, j) => -0.5 * (v - rows[i] - columns[j] + mean)));
}

function dot(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

/** The largest eigenvalues of a symmetric matrix and their vectors, by power iteration. */
function largest(matrix) {
  let vectors = Array.from({ length: AXES }, () => matrix.map(() => Math.random()));
  for (;;) {
    const images = vectors.map((vector) => matrix.map((row) => dot(row, vector)));
    const values = images.map((image) => Math.sqrt(dot(image, image)));
    for (let at = 0; at < AXES; at++) {
      for (let before = 0; before < at; before++) {
        const share = dot(images[at], images[before]);
        images[at] = images[at].map((value, i) => value - share * images[before][i]);
      }
      const length = Math.sqrt(dot(images[at], images[at]));
      images[at] = images[at].map((value) => value / length);
    }
    const alike = Math.min(...images.map((image, at) => Math.abs(dot(image, vectors[at]))));
    vectors = images;
    if (alike >= 1 - TOLERANCE) return { values, vectors };
  }
}

function project(rows) {
  const begin = process.cpuUsage();
  const others = which === "all" ? rows : rows.slice(0, k);
  const distances = others.map((one) => rows.map((row) => distance(one, row))).slice(0, k);
  const products = centred(distances);
  const small = products.map((one) => products.map((other) => dot(one, other)));
  const { values, vectors } = largest(small);
  const axes = vectors.map((vector, axis) => {
    const size = Math.sqrt(Math.sqrt(values[axis]));
    return rows.map((_, j) => products.reduce((sum, row, i) => sum + row[j] * vector[i], 0) / size);
  });
  const { user, system } = process.cpuUsage(begin);
  return { seconds: (user + system) / 1e6, axes };
}

process.stdout.write(JSON.stringify(project(read())));
