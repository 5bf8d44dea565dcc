// PNG files chunk by chunk: text in them, and animations made of them. Pictures are compressed by the browser's own encoder.

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
const LINK_KEYWORD = 'avae-link'; // the tEXt chunk that holds a share link
const latin1 = (bytes) => String.fromCharCode(...bytes);
const bytesOf = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
/** CRC-32 as PNG has it. */
export function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** The chunks of a PNG file: [{type, data}]. Throws on what is no PNG, cut off or altered. */
export function readChunks(png) {
  if (SIGNATURE.some((byte, i) => png[i] !== byte)) throw new Error('it is not a PNG file');
  const view = viewOf(png);
  const chunks = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    if (at + 12 > png.length) throw new Error('the PNG file is cut off');
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) throw new Error('the PNG file is cut off');
    if (view.getUint32(end) !== crc32(png.subarray(at + 4, end))) throw new Error('the PNG file is damaged');
    chunks.push({ type: latin1(png.subarray(at + 4, at + 8)), data: png.subarray(at + 8, end) });
    at = end + 4;
  }
  if (chunks.at(-1)?.type !== 'IEND') throw new Error('the PNG file is cut off');
  return chunks;
}

/** The PNG file of `chunks`. */
export function writeChunks(chunks) {
  const out = new Uint8Array(chunks.reduce((sum, { data }) => sum + data.length + 12, SIGNATURE.length));
  const view = viewOf(out);
  out.set(SIGNATURE);
  let at = SIGNATURE.length;
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length);
    out.set(bytesOf(type), at + 4);
    out.set(data, at + 8);
    const end = at + 8 + data.length;
    view.setUint32(end, crc32(out.subarray(at + 4, end)));
    at = end + 4;
  }
  return out;
}

/** `png` with a share link in it, in place of an earlier one. */
export function withLink(png, link) {
  const chunks = readChunks(png).filter((chunk) => linkIn(chunk) === null);
  const text = { type: 'tEXt', data: bytesOf(`${LINK_KEYWORD}\0${link}`) };
  return writeChunks([chunks[0], text, ...chunks.slice(1)]);
}

function linkIn({ type, data }) {
  const start = `${LINK_KEYWORD}\0`;
  if (type !== 'tEXt' || latin1(data.subarray(0, start.length)) !== start) return null;
  return latin1(data.subarray(start.length, start.length + 65536));
}

/** The share link in a file's bytes, or null: whatever it says is to be checked like any other link. */
export function linkOf(bytes) {
  try {
    return readChunks(bytes).map(linkIn).find((link) => link !== null) ?? null;
  } catch {
    return null;
  }
}

/** Whether at least `count` places hold `pattern`, bytes of which -1 is any. */
export function holds(bytes, pattern, count = 1) {
  let found = 0;
  for (let at = bytes.indexOf(pattern[0]); at >= 0 && found < count; at = bytes.indexOf(pattern[0], at + 1)) {
    if (pattern.every((byte, i) => byte < 0 || bytes[at + i] === byte)) found += 1;
  }
  return found >= count;
}

/** Whether a link was written into a file that is no whole PNG any more, so that linkOf() finds none. */
export const hadLink = (bytes) => holds(bytes, bytesOf(`tEXt${LINK_KEYWORD}\0`)) && linkOf(bytes) === null;

/**
 * An animated PNG of PNG files of one size and kind, each shown for `delayMs`, that repeats for ever or plays once. Programs that
 * know no animation show the first.
 */
export function animate(pngs, delayMs, { loop = true } = {}) {
  const frames = pngs.map(readChunks);
  const [head] = frames[0];
  for (const [other] of frames) {
    if (other.data.some((byte, i) => byte !== head.data[i])) throw new Error('the pictures are not of one size and kind');
  }
  let sequence = 0;
  const numbers = (...sized) => {
    const out = new Uint8Array(sized.reduce((sum, [, bytes]) => sum + bytes, 0));
    let at = 0;
    for (const [value, bytes] of sized) {
      if (bytes === 4) viewOf(out).setUint32(at, value);
      else if (bytes === 2) viewOf(out).setUint16(at, value);
      else out[at] = value;
      at += bytes;
    }
    return out;
  };
  const size = viewOf(head.data);
  const control = () => ({
    type: 'fcTL',
    data: numbers([sequence++, 4], [size.getUint32(0), 4], [size.getUint32(4), 4], [0, 4], [0, 4], [delayMs, 2], [1000, 2], [0, 1], [0, 1]),
  });
  const chunks = [head, { type: 'acTL', data: numbers([frames.length, 4], [loop ? 0 : 1, 4]) }];
  frames.forEach((frame, i) => {
    chunks.push(control());
    for (const { data } of frame.filter(({ type }) => type === 'IDAT')) {
      if (i === 0) chunks.push({ type: 'IDAT', data });
      else {
        const moved = new Uint8Array(data.length + 4);
        viewOf(moved).setUint32(0, sequence++);
        moved.set(data, 4);
        chunks.push({ type: 'fdAT', data: moved });
      }
    }
  });
  return writeChunks([...chunks, { type: 'IEND', data: new Uint8Array(0) }]);
}
