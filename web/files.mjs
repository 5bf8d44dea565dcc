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

/**
 * Fetches `file` ({path, bytes, sha256}), past every cache the second time if the first bytes were wrong, and refuses anything but exactly those bytes.
 * `onBytes(count)` is called with each piece's length, `onResponse(response)` with a copy of the response before it is read.
 */
export async function fetchFile(file, options = {}) {
  try {
    return await fetchOnce(file, options);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    return fetchOnce(file, { ...options, onBytes: () => {}, init: { ...options.init, cache: 'reload' } });
  }
}

class DamagedFile extends PageError {}

async function fetchOnce(file, { onBytes = () => {}, onResponse = null, hash = null, init = {} } = {}) {
  let response;
  try {
    response = await fetch(file.path, init);
  } catch {
    throw new PageError(`${file.path} cannot be fetched.`, 'Check the connection, then reload.');
  }
  if (!response.ok) {
    throw new PageError(`${file.path} cannot be fetched (HTTP ${response.status}).`, 'Publish the site again.');
  }
  onResponse?.(response.clone());
  const bytes = new Uint8Array(file.bytes);
  let at = 0;
  try {
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (at + piece.value.length > bytes.length) {
        reader.cancel();
        at = Infinity;
        break;
      }
      bytes.set(piece.value, at);
      at += piece.value.length;
      onBytes(piece.value.length);
    }
  } catch {
    throw new PageError(`${file.path} broke off while loading.`, 'Check the connection, then reload.');
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
