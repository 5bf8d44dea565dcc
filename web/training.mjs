// A run that this machine trains while the page is open: its badge, its pictures as it learns, its model when it is done.
import { describeLive, watchLive } from './live.mjs';
import { fetchManifest } from './manifest.mjs';
import { LIVE_ID } from './models.mjs';

const byId = (id) => document.getElementById(id);

/**
 * Shows the badge, and each new decoder; `shown()` → the playground, `attempt(action)` shows its faults. `t` and `showNotice` are
 * those of strings.mjs and notice.mjs.
 */
export function watchTraining({ manifest, models, header, shown, attempt, t, showNotice }) {
  let news = null;
  const badge = () => {
    const watching = shown().state().model === LIVE_ID;
    const watch = { label: 'Watch', run: () => attempt(() => shown().setModel(LIVE_ID)).then(badge) };
    header.badge(news ? describeLive(news, t) : '', watching || !news ? null : watch);
  };
  byId('model').addEventListener('change', () => setTimeout(badge));
  watchLive(manifest.live, {
    hash: models.hash,
    async onDecoder(bytes, live) {
      const spec = await models.setLive(bytes);
      await shown().replaceModel(LIVE_ID, spec);
      header.setModels(models.offered(), models.find(shown().state().model));
      news = live;
      badge();
    },
    onEnd: () => offerTrained(manifest, showNotice),
  });
}

/** When training is done, its model is published: the page offers to load it. */
async function offerTrained(manifest, showNotice) {
  const known = new Set(manifest.models.map(({ id }) => id));
  for (let tries = 0; tries < 60; tries += 1) {
    const now = await fetchManifest().catch(() => null);
    if (now?.models.some(({ id }) => !known.has(id))) {
      const action = { label: 'Reload', run: () => location.reload() };
      showNotice({ message: 'Training is done.', next: 'The trained model is on the site now.' }, action);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}
