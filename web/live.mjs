// Watches a training run that this machine publishes: live.json names its newest decoder.
import { fetchFile } from './files.mjs';
import { isSitePath } from './manifest.mjs';

const EVERY_MS = 2000;

/** Checks live.json. → {step, epoch, images_seen, done, decoder: {path, bytes, sha256}} or null when it is not one. */
export function parseLive(text, livePath) {
  let live;
  try {
    live = JSON.parse(text);
  } catch {
    return null; // being written, or not ours
  }
  const count = (value) => Number.isSafeInteger(value) && value >= 0;
  if (live?.version !== 1 || !count(live.step) || !(Number.isFinite(live.epoch) && live.epoch >= 0) || !count(live.images_seen)) return null;
  if (!isSitePath(live.decoder) || live.decoder.includes('/') || !/^[0-9a-f]{64}$/.test(live.sha256)) return null;
  if (!Number.isInteger(live.bytes) || live.bytes < 1 || live.bytes > 2 ** 31) return null;
  const folder = livePath.slice(0, livePath.lastIndexOf('/') + 1);
  return {
    step: live.step,
    epoch: live.epoch,
    images_seen: live.images_seen,
    done: live.done === true,
    decoder: { path: folder + live.decoder, bytes: live.bytes, sha256: live.sha256 },
  };
}

/** 180000 → "180 000" with a narrow space, as the rest of the page writes numbers. */
const formatCount = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** "learning: epoch 3.1, 180 000 images", by strings.mjs's `t`. */
export function describeLive({ epoch, images_seen: images, done }, t) {
  const text = done ? 'learned: epoch {epoch}, {images} images' : 'learning: epoch {epoch}, {images} images';
  return t(text, { epoch: Number(epoch.toFixed(1)), images: formatCount(images) });
}

/**
 * Polls `path`. `onDecoder(bytes, live)` (may be async) gets each new decoder, `onEnd()` is called once training is done.
 * Nothing is asked while the page is hidden. A failed fetch is simply tried again: the file may just have been replaced.
 */
export function watchLive(path, { hash, onDecoder, onEnd }) {
  let seen = '';
  let ended = false;
  async function look() {
    if (document.hidden) {
      document.addEventListener('visibilitychange', look, { once: true });
      return;
    }
    try {
      const response = await fetch(path, { cache: 'no-store' });
      const live = response.ok ? parseLive(await response.text(), path) : null;
      if (live && live.decoder.sha256 !== seen) {
        const bytes = await fetchFile(live.decoder, { hash, init: { cache: 'no-store' } });
        await onDecoder(bytes, live);
        seen = live.decoder.sha256;
      }
      if (live?.done && !ended) {
        ended = true;
        onEnd(live);
      }
    } catch {
      // next time
    }
    if (!ended) setTimeout(look, EVERY_MS);
  }
  look();
}
