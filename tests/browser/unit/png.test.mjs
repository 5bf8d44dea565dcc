import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 as reference, deflateSync } from 'node:zlib';

import { animate, crc32, hadLink, linkOf, readChunks, withLink, writeChunks } from '../../../web/png.mjs';

/** A grey PNG of 2 x 1 pixels. */
function tiny(left, right, { width = 2 } = {}) {
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, 1);
  head[8] = 8;
  const rows = new Uint8Array(deflateSync(Uint8Array.of(0, left, right)));
  return writeChunks([{ type: 'IHDR', data: head }, { type: 'IDAT', data: rows }, { type: 'IEND', data: new Uint8Array(0) }]);
}
const typesOf = (png) => readChunks(png).map(({ type }) => type);

test('png: the checksum is zlib’s', () => {
  for (const text of ['', 'IEND', 'a longer text, to fill the table']) assert.equal(crc32(Buffer.from(text)), reference(text));
});

test('png: chunks are written as they were read', () => {
  const png = tiny(1, 2);
  assert.deepEqual(typesOf(png), ['IHDR', 'IDAT', 'IEND']);
  assert.deepEqual(writeChunks(readChunks(png)), png);
});

test('png: a link goes in behind the head, replaces an earlier one, and comes out', () => {
  const png = withLink(withLink(tiny(1, 2), 'FIRST'), 'AQEI-link_2');
  assert.deepEqual(typesOf(png), ['IHDR', 'tEXt', 'IDAT', 'IEND']);
  assert.equal(linkOf(png), 'AQEI-link_2');
  assert.equal(linkOf(tiny(1, 2)), null);
});

test('png: what is no PNG, cut off or altered holds no link', () => {
  const png = withLink(tiny(1, 2), 'LINK');
  assert.equal(linkOf(new Uint8Array(0)), null);
  assert.equal(linkOf(Buffer.from('GIF89a, not this')), null);
  const mark = Buffer.from(png).indexOf('avae-link\0') + 'avae-link\0'.length;
  for (let size = 0; size < png.length; size += 1) {
    assert.equal(linkOf(png.subarray(0, size)), null);
    assert.equal(hadLink(png.subarray(0, size)), size >= mark);
  }
  assert.equal(hadLink(png), false);
  assert.equal(hadLink(tiny(1, 2)), false);
  const altered = png.slice();
  altered[mark] ^= 1;
  assert.equal(linkOf(altered), null);
  assert.equal(hadLink(altered), true);
  const endless = png.slice();
  endless.fill(255, 8, 12);
  assert.equal(linkOf(endless), null);
});

test('png: an animation holds every frame in order, numbered through', () => {
  const png = animate([tiny(1, 2), tiny(3, 4), tiny(5, 6)], 40);
  assert.deepEqual(typesOf(png), ['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND']);
  const chunks = readChunks(png);
  const number = ({ data }, at = 0) => new DataView(data.buffer, data.byteOffset).getUint32(at);
  assert.deepEqual([number(chunks[1]), number(chunks[1], 4)], [3, 0], 'frames, and plays: without end');
  assert.equal(number(readChunks(animate([tiny(1, 2), tiny(3, 4)], 40, { loop: false }))[1], 4), 1);
  assert.deepEqual(chunks.filter(({ type }) => /^(fcTL|fdAT)$/.test(type)).map((chunk) => number(chunk)), [0, 1, 2, 3, 4]);
  const frame = chunks[5].data.slice(4);
  assert.deepEqual(frame, readChunks(tiny(3, 4))[1].data.slice());
  assert.throws(() => animate([tiny(1, 2), tiny(3, 4, { width: 3 })], 40), /one size/);
});
