// Fetches the site's files, counts their bytes and checks them against the manifest.
import { PageError } from './errors.mjs';

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * SHA-256 of `bytes` in hex. Browsers offer it only to secure pages (https or localhost); elsewhere `fallback`
 * (bytes → hex or a promise of it) is used; without one the answer is null.
 */
export async function sha256Hex(bytes, fallback = null) {
  if (globalThis.crypto?.subtle) return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
  return fallback ? fallback(bytes) : null;
}

const canUnpack = 'DecompressionStream' in globalThis;

/** What is fetched for `file` ({path, bytes, sha256, gzipBytes}): the compressed one beside it where that can be unpacked. */
export function transferOf({ path, bytes, gzipBytes = 0 }) {
  return gzipBytes > 0 && canUnpack ? { path: `${path}.gz`, bytes: gzipBytes } : { path, bytes };
}

/** What fetchFile() throws: another time the file may come. */
export class FileError extends PageError {}
class DamagedFile extends FileError {}
class MissingFile extends FileError {}

/** Which path to ask for, and past which cache, until one gives the right bytes. */
function attemptsFor(file) {
  const attempts = [{ path: file.path }, { path: file.path, cache: 'reload' }];
  const { path } = transferOf(file);
  return path === file.path ? attempts : [{ path }, { path, cache: 'reload' }, ...attempts];
}

/**
 * Fetches `file`, compressed where it can, else plain, each again past every cache if its bytes were wrong; and refuses
 * anything but exactly the bytes of the manifest. `onBytes(count)` is called as they come, with the bytes that travelled
 * for them; `onBody(stream)` with a copy of the unpacked bytes, once for each attempt.
 */
export async function fetchFile(file, { onBytes = () => {}, ...options } = {}) {
  const announced = transferOf(file).bytes;
  let told = 0;
  const onPart = (at) => {
    const now = Math.round((announced * at) / file.bytes);
    if (now > told) onBytes(now - told);
    told = Math.max(told, now);
  };
  const attempts = attemptsFor(file);
  for (let i = 0; ; i += 1) {
    try {
      return await fetchOnce(file, attempts[i], { ...options, onPart });
    } catch (error) {
      const isPlain = attempts[i].path === file.path;
      if (isPlain && !(error instanceof DamagedFile)) throw error;
      if (i + 1 === attempts.length) throw error;
      if (!(error instanceof DamagedFile)) i = attempts.findIndex(({ path }) => path === file.path) - 1;
    }
  }
}

/** Passes bytes on, `length` at most, and says how many have come. */
function limited(length, onPart) {
  let at = 0;
  return new TransformStream({
    transform(piece, controller) {
      at += piece.length;
      if (at > length) {
        controller.error(new DamagedFile('too long'));
        return;
      }
      onPart(at);
      controller.enqueue(piece);
    },
  });
}

/** The stream without gzip; as it is when the host has said so to the browser, which has unpacked it already. */
async function unpacked(stream) {
  const reader = stream.getReader();
  const first = await reader.read();
  const isGzip = !first.done && first.value[0] === 0x1f && first.value[1] === 0x8b;
  const whole = new ReadableStream({
    start(controller) {
      if (first.done) controller.close();
      else controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return isGzip ? whole.pipeThrough(new DecompressionStream('gzip')) : whole;
}

/** All of the response, unpacked, at most `file.bytes`. */
async function readBody(file, packed, response, onPart, onBody) {
  const bytes = new Uint8Array(file.bytes);
  let at = 0;
  let body = packed ? await unpacked(response.body) : response.body;
  body = body.pipeThrough(limited(file.bytes, onPart));
  if (onBody) {
    const [ours, theirs] = body.tee();
    onBody(theirs);
    body = ours;
  }
  const reader = body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    bytes.set(piece.value, at);
    at += piece.value.length;
  }
  return bytes.subarray(0, at);
}

async function fetchOnce(file, { path, cache }, { onPart, onBody = null, hash = null, init = {} }) {
  const packed = path !== file.path;
  let response;
  try {
    response = await fetch(path, cache ? { ...init, cache } : init);
  } catch {
    throw new FileError(`${path} cannot be fetched.`, 'Check the connection, then reload.');
  }
  if (!response.ok) throw new MissingFile(`${path} cannot be fetched (HTTP ${response.status}).`, 'Publish the site again.');
  const wrongLength = [`${file.path} is not ${file.bytes} bytes long.`, 'Reload; if that does not help, publish again.'];
  let bytes;
  try {
    bytes = await readBody(file, packed, response, onPart, onBody);
  } catch (error) {
    if (error instanceof DamagedFile) throw new DamagedFile(...wrongLength);
    const Kind = packed ? DamagedFile : FileError; // a damaged gzip stream breaks off too
    throw new Kind(`${path} broke off while loading.`, 'Check the connection, then reload.');
  }
  if (bytes.length !== file.bytes) throw new DamagedFile(...wrongLength);
  const hex = await sha256Hex(bytes, hash);
  if (hex !== null && hex !== file.sha256) {
    throw new DamagedFile(`${file.path} is damaged (its SHA-256 differs).`, 'Reload; if that does not help, publish again.');
  }
  return bytes;
}
