/** The shaders of dots and lines: places are read from textures and mixed here, so that a frame moves no data. */

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
`;

/** Mirrors `locate` in field.ts. */
const FIELD = `
struct Mixing { ivec2 slices; float along; float across; int rows; };

vec2 texel(sampler2D places, int slice, int rows, int row) {
  int index = slice * rows + row;
  int width = textureSize(places, 0).x;
  return texelFetch(places, ivec2(index % width, index / width), 0).xy;
}

vec2 between(vec2 a, vec2 b, float t) {
  return a.x > 1e29 ? b : b.x > 1e29 ? a : mix(a, b, t);
}

vec2 locate(sampler2D from, sampler2D to, Mixing mixing, int row, int fixedSlice) {
  ivec2 slices = fixedSlice < 0 ? mixing.slices : ivec2(fixedSlice);
  vec2 one = between(texel(from, slices.x, mixing.rows, row),
                     texel(from, slices.y, mixing.rows, row), mixing.along);
  vec2 other = between(texel(to, slices.x, mixing.rows, row),
                       texel(to, slices.y, mixing.rows, row), mixing.along);
  return between(one, other, mixing.across);
}

uniform vec4 view;

vec2 onScreen(vec2 place) { return place * view.xy + view.zw; }
`;

/** How far a dot's square reaches, in its radius: the tips of stars; a ring takes some pixels more. */
const REACH = 1.36;
const RING = "3.0";

export const DOT_VERTEX = `${HEAD}${FIELD}
layout(location = 0) in uint row;
layout(location = 1) in vec4 colour;
layout(location = 2) in vec4 look;
uniform sampler2D from, to;
uniform Mixing mixing;
uniform vec2 pixel;
uniform float scale;
flat out vec4 tint;
flat out ivec3 marks;
flat out float radius;
flat out int tile;
out vec2 corner;

void main() {
  corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
  tint = colour;
  marks = ivec3(look.x, look.z, look.w);
  radius = look.y / 16.0 * scale;
  tile = int(row);
  vec2 place = locate(from, to, mixing, int(row), -1);
  corner *= ${REACH} + (1.0 + (marks.y > 0 ? ${RING} : 0.0)) / radius;
  gl_Position = place.x > 1e29 ? vec4(2.0, 2.0, 0.0, 1.0)
    : vec4(onScreen(place) + corner * radius * pixel, 0.0, 1.0);
}
`;

/** Glyphs are drawn by the distance from their edge, in the shapes of glyphs.ts. */
export const DOT_FRAGMENT = `${HEAD}
flat in vec4 tint;
flat in ivec3 marks;
flat in float radius;
flat in int tile;
in vec2 corner;
uniform sampler2D atlas;
uniform ivec2 tiles;
uniform vec4 ring, ground;
out vec4 paint;

float box(vec2 p, vec2 half_) { vec2 d = abs(p) - half_; return max(d.x, d.y); }

float edge(int glyph, vec2 p) {
  if (glyph == 1) return box(p, vec2(0.884));
  if (glyph == 2) return max(-p.y, max(dot(p, vec2(0.866, 0.5)), dot(p, vec2(-0.866, 0.5)))) - 0.675;
  if (glyph == 3) return (abs(p.x) + abs(p.y) - 1.35) * 0.707;
  if (glyph == 4) return min(box(p, vec2(1.26, 0.497)), box(p, vec2(0.497, 1.26)));
  if (glyph == 5) {
    float sector = 0.62831853;
    float angle = abs(mod(atan(p.x, p.y) + sector, 2.0 * sector) - sector);
    return dot(length(p) * vec2(sin(angle), cos(angle)) - vec2(0.0, 1.35), vec2(0.9417, 0.3364));
  }
  return length(p) - 1.0;
}

float cover(float off) { return clamp(0.5 - off * radius, 0.0, 1.0); }

void main() {
  bool pictured = tiles.x > 0;
  float off = pictured ? box(corner, vec2(1.0)) : edge(marks.x, corner);
  float inside = cover(off);
  vec4 inner = vec4(tint.rgb, 1.0);
  float frame = 2.0 / radius;
  if (pictured && off < -frame) {
    vec2 at = (corner / (1.0 - frame) * vec2(0.5, -0.5)) + 0.5;
    vec2 origin = vec2(tile % tiles.x, tile / tiles.x);
    vec4 picture = texture(atlas, (origin + clamp(at, 0.02, 0.98)) / float(tiles.x));
    inner = mix(vec4(ground.rgb, 1.0), vec4(picture.rgb, 1.0), picture.a);
  }
  float hollow = marks.z > 0 ? cover(-off - 1.5 / radius) : 1.0;
  float rim = marks.y > 0 ? cover(off - ${RING} / radius) - inside : 0.0;
  float body = inside * hollow * (pictured ? 1.0 : tint.a);
  paint = vec4(inner.rgb * body, body) + vec4(ring.rgb, 1.0) * rim * (1.0 - body);
}
`;

export const LINE_VERTEX = `${HEAD}${FIELD}
layout(location = 0) in ivec4 ends;
layout(location = 1) in vec4 colour;
uniform sampler2D from, to, otherFrom, otherTo;
uniform Mixing mixing, otherMixing;
uniform vec2 pixel;
uniform float width, start;
out vec4 tint;
out float aside;

void main() {
  vec2 a = locate(from, to, mixing, ends.x, ends.y);
  vec2 b = locate(otherFrom, otherTo, otherMixing, ends.z, ends.w);
  bool there = a.x < 1e29 && b.x < 1e29;
  vec2 head = onScreen(a) / pixel, tail = onScreen(b) / pixel;
  vec2 along = tail - head;
  float reach = length(along);
  vec2 side = reach > 0.0 ? vec2(-along.y, along.x) / reach : vec2(0.0);
  float last = float((gl_VertexID >> 1) & 1);
  float turn = float(gl_VertexID & 1) - 0.5;
  tint = vec4(colour.rgb, colour.a * mix(start, 1.0, last));
  aside = turn * (width + 1.0);
  vec2 at = mix(head, tail, last) + side * aside;
  gl_Position = there ? vec4(at * pixel, 0.0, 1.0) : vec4(2.0, 2.0, 0.0, 1.0);
}
`;

export const LINE_FRAGMENT = `${HEAD}
in vec4 tint;
in float aside;
uniform float width;
out vec4 paint;

void main() {
  float body = tint.a * clamp(width / 2.0 + 0.5 - abs(aside), 0.0, 1.0);
  paint = vec4(tint.rgb * body, body);
}
`;
