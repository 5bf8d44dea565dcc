// Which parts of a frame differ from the one before it: only they are drawn again. Most frames change a picture and a few
// figures; drawing all of a large canvas is what costs time and power.

export const VERTEX_BYTES = 20; // x, y, u, v as floats, colour as RGBA bytes
/** Of a command: texture, first index, count, left, top, right, bottom, first vertex. */
export const COMMAND_NUMBERS = 8;
const WORDS = VERTEX_BYTES / 4;
const TRIANGLE = 3 * WORDS;
/** Beyond this part of the frame it is simpler to draw all of it. */
const MOST = 0.7;
/** Each box is a pass over the lists. */
const MOST_BOXES = 8;
/** What changed is gathered in squares of this side at first, in the lists' pixels. */
const SQUARE = 16;
/** Triangles of a list that are too many to look at each. */
const LONG = 20000;
/** Of these, each is looked at. Of more, this many tell first whether anything is as it was. */
const FEW = 200;
const PROBES = 32;

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

/** A list in arrays of its own: the originals lie in memory that the next frame writes over. */
function copyOf({ vertices, indices, commands }) {
  const bytes = vertices.slice().buffer;
  return { words: new Uint32Array(bytes), numbers: new Float32Array(bytes), indices: new Uint16Array(indices.slice().buffer), commands, triangles: null };
}

const countOf = ({ indices }) => indices.length / 3;

/** The list's triangles in the order they are drawn: their vertices side by side, a hash of all that they look like, and their command. */
function trianglesOf(list) {
  if (list.triangles) return list.triangles;
  const { words, indices, commands } = list;
  const count = countOf(list);
  const corners = new Uint32Array(count * TRIANGLE);
  const hashes = new Uint32Array(count);
  const commandOf = new Uint32Array(count);
  const commandWords = new Uint32Array(commands.buffer, commands.byteOffset, commands.length);
  let triangle = 0;
  for (let at = 0; at < commands.length; at += COMMAND_NUMBERS) {
    let start = Math.imul(commandWords[at], 0x9e3779b1);
    for (let k = 3; k < 7; k += 1) start = Math.imul(start ^ commandWords[at + k], 0x85ebca6b);
    const [first, length, base] = [commands[at + 1], commands[at + 2], commands[at + 7]];
    for (let index = first; index < first + length; index += 3) {
      let hash = start;
      for (let k = 0; k < 3; k += 1) {
        const from = (base + indices[index + k]) * WORDS;
        const to = triangle * TRIANGLE + k * WORDS;
        for (let word = 0; word < WORDS; word += 1) {
          const value = words[from + word];
          corners[to + word] = value;
          hash = Math.imul(hash ^ value, 0x01000193);
          hash ^= hash >>> 15;
        }
      }
      hashes[triangle] = hash;
      commandOf[triangle] = at;
      triangle += 1;
    }
  }
  list.triangles = { count: triangle, corners, numbers: new Float32Array(corners.buffer), hashes, commandOf, commands };
  return list.triangles;
}

function sameTriangle(a, i, b, j) {
  if (a.hashes[i] !== b.hashes[j]) return false;
  for (let word = 0; word < TRIANGLE; word += 1) if (a.corners[i * TRIANGLE + word] !== b.corners[j * TRIANGLE + word]) return false;
  const [x, y] = [a.commandOf[i], b.commandOf[j]];
  if (a.commands[x] !== b.commands[y]) return false;
  for (let k = 3; k < 7; k += 1) if (a.commands[x + k] !== b.commands[y + k]) return false;
  return true;
}

/** Whether one of a few of the triangles between two is among `hashes`. */
function someOf({ hashes: own }, from, end, hashes) {
  for (let k = 0; k < PROBES; k += 1) {
    if (hashes.has(own[from + Math.floor((k * (end - from)) / PROBES)])) return true;
  }
  return false;
}

/** The box of a triangle's numbers `first` and `first` + 1: where it is, or of its texture what it shows. */
function boundsOf({ numbers }, triangle, first) {
  const [a, b, c] = [0, 1, 2].map((k) => triangle * TRIANGLE + k * WORDS + first);
  return {
    left: Math.min(numbers[a], numbers[b], numbers[c]),
    top: Math.min(numbers[a + 1], numbers[b + 1], numbers[c + 1]),
    right: Math.max(numbers[a], numbers[b], numbers[c]),
    bottom: Math.max(numbers[a + 1], numbers[b + 1], numbers[c + 1]),
  };
}
const clipOf = ({ commands }, at) => ({ left: commands[at + 3], top: commands[at + 4], right: commands[at + 5], bottom: commands[at + 6] });
const drawnBy = (triangles, i) => overlap(boundsOf(triangles, i, 0), clipOf(triangles, triangles.commandOf[i]));

/** Everything that a list may draw on. */
function extentOf(list) {
  const boxes = [];
  for (let at = 0; at < list.commands.length; at += COMMAND_NUMBERS) {
    if (list.commands[at + 2] > 0) boxes.push(clipOf(list, at));
  }
  return boxes;
}

/**
 * Boxes that changed between two lists; `touched`: texture → the part of it that is new, in texture coordinates. Triangles that are in both
 * lists, in the same order, are as they were.
 */
function changesOf(before, now, touched) {
  const alike = sameNumbers(before.words, now.words) && sameNumbers(before.indices, now.indices) && sameNumbers(before.commands, now.commands);
  if (alike) now.triangles = before.triangles;
  if (alike && touched.size === 0) return [];
  if (Math.max(countOf(before), countOf(now)) > LONG) return [...extentOf(before), ...extentOf(now)];
  const [a, b] = [trianglesOf(before), trianglesOf(now)];
  const boxes = [];
  const kept = (j) => {
    const fresh = touched.get(b.commands[b.commandOf[j]]);
    if (!fresh) return;
    const { left, top, right, bottom } = overlap(boundsOf(b, j, 2), fresh);
    if (right >= left && bottom >= top) boxes.push(drawnBy(b, j));
  };
  let from = 0;
  while (from < a.count && from < b.count && sameTriangle(a, from, b, from)) kept(from++);
  let [endA, endB] = [a.count, b.count];
  while (endA > from && endB > from && sameTriangle(a, endA - 1, b, endB - 1)) {
    endA -= 1;
    endB -= 1;
    kept(endB);
  }
  // Panned, scrolled or resized: all of it moved.
  const differ = Math.max(endA, endB) - from;
  if (differ > FEW && !someOf(b, from, endB, new Set(a.hashes.subarray(from, endA)))) return [...extentOf(before), ...extentOf(now)];
  const places = new Map(); // hash → where in `before`, the last first
  for (let i = endA - 1; i >= from; i -= 1) {
    const known = places.get(a.hashes[i]);
    if (known) known.push(i);
    else places.set(a.hashes[i], [i]);
  }
  let next = from; // of `before`, not passed yet
  for (let j = from; j < endB; j += 1) {
    const candidates = places.get(b.hashes[j]);
    while (candidates?.length > 0 && candidates.at(-1) < next) candidates.pop();
    const match = candidates?.at(-1);
    if (match === undefined || !sameTriangle(a, match, b, j)) {
      boxes.push(drawnBy(b, j));
      continue;
    }
    for (; next < match; next += 1) boxes.push(drawnBy(a, next));
    next = match + 1;
    kept(j);
  }
  for (; next < endA; next += 1) boxes.push(drawnBy(a, next));
  return boxes;
}

/** The part of `square` that `boxes` reach. */
function tight(square, boxes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    const [l, t, r, b] = [Math.max(box.left, square.left), Math.max(box.top, square.top), Math.min(box.right, square.right), Math.min(box.bottom, square.bottom)];
    if (r <= l || b <= t) continue;
    if (l < left) left = l;
    if (t < top) top = t;
    if (r > right) right = r;
    if (b > bottom) bottom = b;
  }
  return { left, top, right, bottom };
}

/** A few boxes that cover all of `boxes`, none overlapping. */
function cover(boxes, { right: width, bottom: height }) {
  for (let side = SQUARE; ; side *= 2) {
    const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
    const marked = new Uint8Array(columns * rows);
    for (const { left, top, right, bottom } of boxes) {
      const end = Math.ceil(right / side);
      for (let row = Math.floor(top / side); row < Math.ceil(bottom / side); row += 1) marked.fill(1, row * columns + Math.floor(left / side), row * columns + end);
    }
    const found = [];
    let above = new Map(); // first column → the box that ends in the row before
    for (let row = 0; row < rows; row += 1) {
      const here = new Map();
      for (let column = 0; column < columns; column += 1) {
        if (!marked[row * columns + column]) continue;
        const first = column;
        while (column + 1 < columns && marked[row * columns + column + 1]) column += 1;
        let box = above.get(first);
        if (box?.right === (column + 1) * side) {
          box.bottom += side;
        } else {
          box = { left: first * side, top: row * side, right: (column + 1) * side, bottom: (row + 1) * side };
          found.push(box);
        }
        here.set(first, box);
      }
      above = here;
    }
    if (found.length > MOST_BOXES) continue;
    return found.map((square) => tight(square, boxes));
  }
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
      const boxes = now.flatMap((list, i) => changesOf(last[i], list, fresh)).map((box) => overlap(whole, box)).filter((box) => !isEmpty(box));
      const few = cover(boxes, whole);
      const sum = few.reduce((total, box) => total + area(box), 0);
      return sum > MOST * width * height ? null : few;
    },
  };
}
