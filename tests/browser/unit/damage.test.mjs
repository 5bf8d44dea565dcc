import assert from 'node:assert/strict';
import test from 'node:test';

import { createDamage } from '../../../web/damage.mjs';

const [WIDTH, HEIGHT] = [100, 100];

/** A list of axis-parallel quads [{x, y, w, h, colour, texture, u, v, uv: side in the texture}], each a command of its own. */
function listOf(quads, clip = [0, 0, WIDTH, HEIGHT]) {
  const vertices = new ArrayBuffer(quads.length * 4 * 20);
  const numbers = new Float32Array(vertices);
  const words = new Uint32Array(vertices);
  const indices = [];
  const commands = [];
  quads.forEach(({ x, y, w, h, colour = 1, texture = 1, u = 0, v = 0, uv = 0.1 }, i) => {
    const corners = [[x, y, u, v], [x + w, y, u + uv, v], [x + w, y + h, u + uv, v + uv], [x, y + h, u, v + uv]];
    corners.forEach((corner, k) => {
      numbers.set(corner, (4 * i + k) * 5);
      words[(4 * i + k) * 5 + 4] = colour;
    });
    commands.push(texture, indices.length, 6, ...clip, 0);
    indices.push(...[0, 1, 2, 0, 2, 3].map((k) => 4 * i + k));
  });
  return { vertices: new Uint8Array(vertices), indices: new Uint8Array(Uint16Array.from(indices).buffer), commands: Float32Array.from(commands) };
}
const ground = { x: 0, y: 0, w: WIDTH, h: HEIGHT };
const box = (left, top, right, bottom) => ({ left, top, right, bottom });
const plain = (boxes) => boxes?.map(({ left, top, right, bottom }) => box(left, top, right, bottom)) ?? null;

/** What is drawn again when `after` follows `before`. */
function between(before, after, touch = null) {
  const damage = createDamage();
  assert.equal(damage.next(before, WIDTH, HEIGHT), null, 'the first frame is drawn whole');
  if (touch) damage.touch(...touch);
  return plain(damage.next(after, WIDTH, HEIGHT));
}

test('damage: the same frame again needs nothing', () => {
  const lists = [listOf([ground]), listOf([{ x: 10, y: 10, w: 5, h: 5 }])];
  assert.deepEqual(between(lists, lists.map((list) => ({ ...list }))), []);
});

test('damage: what moved is drawn where it was and where it is, a new colour in its place', () => {
  const at = (x, colour) => [listOf([ground]), listOf([{ x: 60, y: 60, w: 5, h: 5 }, { x, y: 10, w: 5, h: 5, colour }])];
  assert.deepEqual(between(at(10, 1), at(20, 1)), [box(10, 10, 25, 15)]);
  assert.deepEqual(between(at(10, 1), at(10, 2)), [box(10, 10, 15, 15)]);
});

test('damage: lists that changed apart are boxes apart, those that meet are one', () => {
  const at = (x, colour) => [listOf([ground]), listOf([{ x: 0, y: 0, w: 10, h: 10, colour }]), listOf([{ x, y: 0, w: 10, h: 10, colour }])];
  assert.deepEqual(between(at(50, 1), at(50, 2)), [box(0, 0, 10, 10), box(50, 0, 60, 10)]);
  assert.deepEqual(between(at(5, 1), at(5, 2)), [box(0, 0, 15, 10)]);
});

test('damage: never more than the command may draw on, or the frame has', () => {
  const at = (colour, clip) => [listOf([ground]), listOf([{ x: -20, y: 10, w: 60, h: 60, colour }], clip)];
  assert.deepEqual(between(at(1), at(2)), [box(0, 10, 40, 70)]);
  assert.deepEqual(between(at(1, [5, 20, 30, 50]), at(2, [5, 20, 30, 50])), [box(5, 20, 30, 50)]);
});

test('damage: of a list that grew or shrank, what came or went, wherever in it that is', () => {
  const [first, second, third] = [{ x: 10, y: 10, w: 5, h: 5 }, { x: 30, y: 20, w: 5, h: 5 }, { x: 70, y: 70, w: 5, h: 5 }];
  const short = [listOf([ground]), listOf([first, third])];
  const long = [listOf([ground]), listOf([first, second, third])];
  assert.deepEqual(between(short, long), [box(30, 20, 35, 25)]);
  assert.deepEqual(between(long, short), [box(30, 20, 35, 25)]);
  const both = [listOf([ground]), listOf([second, third])];
  assert.deepEqual(between(short, both), [box(10, 10, 15, 15), box(30, 20, 35, 25)]);
});

test('damage: two that overlap and changed places are drawn again', () => {
  const [red, blue] = [{ x: 10, y: 10, w: 20, h: 20, colour: 1 }, { x: 20, y: 20, w: 20, h: 20, colour: 2 }];
  const changed = between([listOf([ground]), listOf([red, blue])], [listOf([ground]), listOf([blue, red])]);
  const all = changed.reduce((a, b) => box(Math.min(a.left, b.left), Math.min(a.top, b.top), Math.max(a.right, b.right), Math.max(a.bottom, b.bottom)));
  assert.ok(all.left <= 20 && all.top <= 20 && all.right >= 30 && all.bottom >= 30, 'where they overlap, another is on top');
});

test('damage: changes all over are a few boxes that cover each of them', () => {
  const quads = (colour) => Array.from({ length: 40 }, (_, i) => ({ x: (i * 37) % 95, y: (i * 53) % 95, w: 3, h: 3, colour: i % 4 === 0 ? colour : 1 }));
  const boxes = between([listOf([ground]), listOf(quads(1))], [listOf([ground]), listOf(quads(2))]) ?? [box(0, 0, WIDTH, HEIGHT)];
  assert.ok(boxes.length <= 8, `${boxes.length}`);
  for (const { x, y, w, h } of quads(2).filter((_, i) => i % 4 === 0)) {
    const parts = boxes.map((b) => Math.max(0, Math.min(b.right, x + w) - Math.max(b.left, x)) * Math.max(0, Math.min(b.bottom, y + h) - Math.max(b.top, y)));
    assert.equal(parts.reduce((a, b) => a + b), w * h);
  }
});

test('damage: what shows a new part of a texture is drawn, its neighbours in the texture are not', () => {
  const lists = [listOf([ground]), listOf([{ x: 10, y: 10, w: 5, h: 5, texture: 7, u: 0, v: 0 }, { x: 40, y: 10, w: 5, h: 5, texture: 7, u: 0.5, v: 0.5 }])];
  assert.deepEqual(between(lists, lists, [7, box(0.5, 0.5, 0.6, 0.6)]), [box(40, 10, 45, 15)]);
  assert.deepEqual(between(lists, lists, [7, box(0.8, 0.8, 0.9, 0.9)]), []);
  const twice = createDamage();
  twice.next(lists, WIDTH, HEIGHT);
  twice.touch(7, box(0, 0, 0.05, 0.05));
  twice.touch(7, box(0.55, 0.55, 0.6, 0.6));
  assert.equal(plain(twice.next(lists, WIDTH, HEIGHT)).length, 2);
  assert.deepEqual(between(lists, lists, [8, box(0, 0, 1, 1)]), []);
  assert.deepEqual(between(lists, lists, [1, box(0, 0, 1, 1)]), null, 'the ground is most of the frame');
});

test('damage: everything, when most of it changed, a list came or went, or nothing is known', () => {
  const wide = (colour) => [listOf([ground]), listOf([{ x: 0, y: 0, w: 90, h: 90, colour }])];
  assert.equal(between(wide(1), wide(2)), null);
  assert.equal(between(wide(1), [...wide(1), listOf([ground])]), null);
  const damage = createDamage();
  damage.next(wide(1), WIDTH, HEIGHT);
  damage.forget();
  assert.equal(damage.next(wide(1), WIDTH, HEIGHT), null);
  assert.deepEqual(damage.next(wide(1), WIDTH, HEIGHT), []);
});

test('damage: the memory of a list may be written over', () => {
  const damage = createDamage();
  const lists = [listOf([ground]), listOf([{ x: 10, y: 10, w: 5, h: 5 }])];
  damage.next(lists, WIDTH, HEIGHT);
  lists[1].vertices[16] ^= 255; // the first corner's colour: of both its triangles
  assert.deepEqual(plain(damage.next(lists, WIDTH, HEIGHT)), [box(10, 10, 15, 15)]);
});
