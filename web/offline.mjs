// Registers the service worker, and tells it which models this visit has loaded.

/** `loaded()` lists the model files fetched so far, `onFull()` hears when there is no room to keep them. Pages without https have no service worker: nothing happens. */
export async function keepOffline(loaded, onFull) {
  if (!('serviceWorker' in navigator)) return;
  try {
    navigator.serviceWorker.addEventListener('message', ({ data }) => data?.type === 'kept' && data.full && onFull());
    await navigator.serviceWorker.register('sw.js');
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ type: 'keep', paths: loaded() });
  } catch {
    // The page works without; it will just need the network next time.
  }
}
