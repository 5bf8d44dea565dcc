// Starts the drawn playground (ui.mjs) and connects it to the pool and the page.
import { fetchFile } from './files.mjs';
import { siteFile } from './manifest.mjs';

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const calmQuery = matchMedia('(prefers-reduced-motion: reduce)');
let calm = calmQuery.matches; // asking the query takes longer than drawing a picture
calmQuery.addEventListener('change', () => (calm = calmQuery.matches));
const themeNow = () => (darkQuery.matches ? 'dark' : 'light');

/** → the playground of ui.mjs. The caller has announced the size of ui.wasm to `progress`; `prepare(playground)` comes before anything is drawn. */
export async function startFullPlayground({ canvas, manifest, models, pool, progress, link, strings, onState, onMessage, copyText, prepare }) {
  const file = siteFile(manifest, 'ui.wasm');
  const [{ startPlayground }, wasm] = await Promise.all([
    import('./ui.mjs'),
    fetchFile(file, { onBytes: (count) => progress.got(count) }).then((bytes) => WebAssembly.compile(bytes)),
  ]);

  let playground = null;
  let sampleShown;
  const firstSample = new Promise((resolve) => (sampleShown = resolve));
  const waiting = new Set(); // tickets whose model is still being fetched
  async function decode({ ticket, model, priority, n, latents, mixes }) {
    waiting.add(ticket);
    try {
      await models.ensure(model);
      if (!waiting.delete(ticket)) return;
      playground.decoded(ticket, await pool.decode({ ticket, model, priority, n, latents, mixes }));
    } catch (error) {
      waiting.delete(ticket);
      playground.failed(ticket, error.message);
    }
    if (priority === 0) sampleShown();
  }
  async function judge({ ticket, model, n, pixels, mixes }) {
    try {
      if (navigator.connection?.saveData) throw new Error('not at this price');
      playground.judged(ticket, await models.judge(model, n, pixels, mixes));
    } catch (error) {
      playground.failed(ticket, error.message);
    }
  }
  function cancel(ticket) {
    if (!waiting.delete(ticket)) pool.cancel(ticket);
  }

  playground = await startPlayground({
    canvas,
    wasm,
    manifest: { ...manifest, models: models.list() },
    state: link,
    strings,
    decode,
    judge,
    cancel,
    host: { onState, copyText, onMessage, reducedMotion: () => calm, now: () => performance.now() },
  });
  prepare(playground);
  playground.setTheme(themeNow());
  darkQuery.addEventListener('change', () => playground.setTheme(themeNow()));
  // The first paint stays until the canvas shows the same.
  await firstSample;
  for (let frames = 0; frames < 2 && !document.hidden; frames += 1) await new Promise(requestAnimationFrame);
  return playground;
}
