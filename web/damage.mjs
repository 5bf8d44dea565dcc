// Which parts of a frame differ from the one before it: only they are drawn again. Most frames change a picture and a few
// figures; drawing all of a large canvas is what costs time and power.

export const VERTEX_BYTES = 20; // x, y, u, v as floats, colour as RGBA bytes
/** Of a command: texture, first index, count, left, top, right, bottom, first vertex. */
export const COMMAND_NUMBERS = 8;
const WORDS = VERTEX_BYTES / 4;
/** Beyond this part of the frame it is simpler to draw all of it. */
const MOST = 0.7;
/** Numbers of a list whose points are too many to look at each. */
const LONG = 2000 * WORDS;

const EMPTY = Object.freeze({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });
const isEmpty = ({ left, top, right, bottom }) => !(right > left && bottom > top);
const area = (box) => (isEmpty(box) ? 0 : (box.right - box.left) * (box.bottom - box.top));
export const overlap = (a, b) => ({
  left: Math.max(a.left, b.left),
  top: Math.max(a.top, b.top),
  right: Math.min(a.right, b.right),
  bottom: Math.min(a.bottom, b.bottom),
});
const union = (a, b) => ({
  left: Math.min(a.left, b.left),
  top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right),
  bottom: Math.max(a.bottom, b.bottom),
});

function sameNumbers(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** Grows as points are added; plain numbers, for it sees every vertex. */
class Bounds {
  left = Infinity;
  top = Infinity;
  right = -Infinity;
  bottom = -Infinity;
  add(x, y) {
    if (x < this.left) this.left = x;
    if (x > this.right) this.right = x;
    if (y < this.top) this.top = y;
    if (y > this.bottom) this.bottom = y;
  }
}

/** A list in arrays of its own: the originals lie in memory that the next frame writes over. */
function copyOf({ vertices, indices, commands }) {
  const bytes = vertices.slice().buffer;
  return { words: new Uint32Array(bytes), numbers: new Float32Array(bytes), indices: new Uint16Array(indices.slice().buffer), commands };
}

/** Everything that a list may draw on; of a long one, where it is allowed to. */
function extentOf({ numbers, commands }) {
  const clips = new Bounds();
  for (let at = 0; at < commands.length; at += COMMAND_NUMBERS) {
    if (commands[at + 2] === 0) continue;
    clips.add(commands[at + 3], commands[at + 4]);
    clips.add(commands[at + 5], commands[at + 6]);
  }
  if (numbers.length > LONG) return clips;
  const points = new Bounds();
  for (let at = 0; at < numbers.length; at += WORDS) points.add(numbers[at], numbers[at + 1]);
  return overlap(points, clips);
}

/** Whether a triangle shows some of `part` of its texture. */
function shows(numbers, corners, part) {
  const shown = new Bounds();
  for (const corner of corners) shown.add(numbers[corner * WORDS + 2], numbers[corner * WORDS + 3]);
  const { left, top, right, bottom } = overlap(shown, part);
  return right >= left && bottom >= top;
}

/** What changed between two lists; `touched`: texture → the part of it that is new, in texture coordinates. */
function changeOf(before, now, touched) {
  const alike = before.words.length === now.words.length && sameNumbers(before.commands, now.commands) && sameNumbers(before.indices, now.indices);
  if (!alike) return union(extentOf(before), extentOf(now));
  const count = now.words.length / WORDS;
  const changed = new Uint8Array(count);
  let some = 0;
  for (let vertex = 0; vertex < count; vertex += 1) {
    for (let word = vertex * WORDS; word < (vertex + 1) * WORDS; word += 1) {
      if (before.words[word] === now.words[word]) continue;
      changed[vertex] = 1;
      some += 1;
      break;
    }
  }
  if (some > count / 2) return union(extentOf(before), extentOf(now)); // it moved as a whole
  let box = EMPTY;
  const { commands, indices } = now;
  for (let at = 0; at < commands.length; at += COMMAND_NUMBERS) {
    const [texture, first, length, left, top, right, bottom, base] = commands.subarray(at, at + COMMAND_NUMBERS);
    const fresh = touched.get(texture);
    if (some === 0 && !fresh) continue;
    const here = new Bounds();
    for (let index = first; index < first + length; index += 3) {
      const a = base + indices[index];
      const b = base + indices[index + 1];
      const c = base + indices[index + 2];
      if (!changed[a] && !changed[b] && !changed[c] && !(fresh && shows(now.numbers, [a, b, c], fresh))) continue;
      for (let k = 0; k < 3; k += 1) {
        const at = (base + indices[index + k]) * WORDS;
        here.add(before.numbers[at], before.numbers[at + 1]);
        here.add(now.numbers[at], now.numbers[at + 1]);
      }
    }
    box = union(box, overlap(here, { left, top, right, bottom }));
  }
  return box;
}

/** Boxes that overlap become one, so that nothing is drawn twice. */
function merged(boxes) {
  const out = [];
  for (let box of boxes) {
    for (let i = out.length - 1; i >= 0; i -= 1) {
      if (isEmpty(overlap(out[i], box))) continue;
      box = union(out[i], box);
      out.splice(i, 1);
      i = out.length;
    }
    out.push(box);
  }
  return out;
}

export function createDamage() {
  let before = null; // lists of the frame on the screen
  const touched = new Map();

  return {
    /** Nothing of what is on the screen counts any more. */
    forget() {
      before = null;
    },

    /** A part of a texture has new content, in texture coordinates. */
    touch(texture, part) {
      const known = touched.get(texture);
      touched.set(texture, known ? union(known, part) : part);
    },

    /**
     * Compares `lists` (see ui-renderer.mjs) with those of the call before. → boxes to draw again, in the lists' pixels,
     * none overlapping; or null for everything.
     */
    next(lists, width, height) {
      const now = lists.map(copyOf);
      const last = before;
      before = now;
      const fresh = new Map(touched);
      touched.clear();
      if (!last || last.length !== now.length) return null;
      const whole = { left: 0, top: 0, right: width, bottom: height };
      const boxes = now.map((list, i) => overlap(whole, changeOf(last[i], list, fresh))).filter((box) => !isEmpty(box));
      const all = merged(boxes);
      const sum = all.reduce((total, box) => total + area(box), 0);
      return sum > MOST * width * height ? null : all;
    },
  };
}
