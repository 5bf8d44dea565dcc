// The service worker: what it has on this device, and what it is to keep.

const IDLE_MS = 2000; // where the browser does not say when it is idle

/** Those of `paths` that the service worker answers from this device. */
export async function keptOf(paths) {
  if (!navigator.serviceWorker?.controller) return [];
  try {
    const found = await Promise.all(paths.map((path) => caches.match(path)));
    return paths.filter((_, i) => found[i]);
  } catch {
    return []; // private windows may be refused it
  }
}

/**
 * Once the page is idle, keeps what this visit has fetched and, unless the visitor saves data, all models that can be chosen.
 * `loaded()` lists the model files fetched so far, `onFull()` hears when there is no room to keep those. Pages without https have no
 * service worker: nothing happens.
 */
export async function keepOffline(loaded, onFull) {
  if (!('serviceWorker' in navigator)) return;
  try {
    navigator.serviceWorker.addEventListener('message', ({ data }) => data?.type === 'kept' && data.full && onFull());
    await navigator.serviceWorker.register('sw.js');
    const { active } = await navigator.serviceWorker.ready;
    await new Promise((idle) => (globalThis.requestIdleCallback ? requestIdleCallback(idle) : setTimeout(idle, IDLE_MS)));
    active.postMessage({ type: 'keep', paths: loaded(), all: !navigator.connection?.saveData });
  } catch {
    // The page works without; it will just need the network next time.
  }
}
