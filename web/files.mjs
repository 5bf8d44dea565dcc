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

/**
 * Fetches `file`, compressed if it can; the second time, if the first bytes were wrong, plain and past every cache; and
 * refuses anything but exactly the bytes of the manifest.
 * `onBytes(count)` is called with each piece's length on its way, `onBody(stream)` with a copy of the unpacked bytes.
 */
export async function fetchFile(file, options = {}) {
  try {
    return await fetchOnce(file, transferOf(file).path, options);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    return fetchOnce(file, file.path, { ...options, onBytes: () => {}, init: { ...options.init, cache: 'reload' } });
  }
}

class DamagedFile extends PageError {}

/** Passes bytes on and counts them. */
const counting = (onBytes) =>
  new TransformStream({
    transform(piece, controller) {
      onBytes(piece.length);
      controller.enqueue(piece);
    },
  });

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

async function fetchOnce(file, path, { onBytes = () => {}, onBody = null, hash = null, init = {} } = {}) {
  const packed = path !== file.path;
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new PageError(`${path} cannot be fetched.`, 'Check the connection, then reload.');
  }
  if (!response.ok) {
    const Kind = packed ? DamagedFile : PageError; // the plain file may be there
    throw new Kind(`${path} cannot be fetched (HTTP ${response.status}).`, 'Publish the site again.');
  }
  const bytes = new Uint8Array(file.bytes);
  let at = 0;
  try {
    let body = response.body.pipeThrough(counting(onBytes));
    if (packed) body = await unpacked(body);
    if (onBody) {
      const [ours, theirs] = body.tee();
      onBody(theirs);
      body = ours;
    }
    const reader = body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (at + piece.value.length > bytes.length) {
        reader.cancel();
        at = Infinity;
        break;
      }
      bytes.set(piece.value, at);
      at += piece.value.length;
    }
  } catch {
    const Kind = packed ? DamagedFile : PageError;
    throw new Kind(`${path} broke off while loading.`, 'Check the connection, then reload.');
  }
  if (at !== bytes.length) {
    throw new DamagedFile(`${file.path} is not ${file.bytes} bytes long.`, 'Reload; if that does not help, publish again.');
  }
  const hex = await sha256Hex(bytes, hash);
  if (hex !== null && hex !== file.sha256) {
    throw new DamagedFile(`${file.path} is damaged (its SHA-256 differs).`, 'Reload; if that does not help, publish again.');
  }
  return bytes;
}
