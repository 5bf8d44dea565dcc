// Starts the drawn playground (ui.mjs) and connects it to the pool and the page.
import { FileError, fetchFile, transferOf } from './files.mjs';
import { siteFile } from './manifest.mjs';
import { worthAnotherTry } from './retry.mjs';

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const calmQuery = matchMedia('(prefers-reduced-motion: reduce)');
let calm = calmQuery.matches; // asking the query takes longer than drawing a picture
calmQuery.addEventListener('change', () => (calm = calmQuery.matches));
const themeNow = () => (darkQuery.matches ? 'dark' : 'light');

/** → the playground of ui.mjs. `progress` hears the bytes of ui.wasm; `prepare(playground)` comes before anything is drawn. */
export async function startFullPlayground({ canvas, manifest, models, pool, progress, link, strings, onState, onMessage, onScreenLost, copyText, prepare }) {
  const file = siteFile(manifest, 'ui.wasm');
  const [{ startPlayground }, wasm] = await Promise.all([
    import('./ui.mjs').catch(() => {
      throw new FileError('The playground cannot be drawn: a part of the page cannot be fetched.');
    }),
    fetchFile(file, { onBytes: progress.of(transferOf(file).path) }).then((bytes) => WebAssembly.compile(bytes)),
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
  /** Nothing else is asked for until this is answered, and a failure is for good: so it waits for a file that does not come now. */
  async function judge({ ticket, model, n, pixels, mixes }) {
    for (let tries = 0; ; tries += 1) {
      try {
        if (navigator.connection?.saveData) throw new Error('not at this price');
        playground.judged(ticket, await models.judge(model, n, pixels, mixes));
        return;
      } catch (error) {
        if (!(error instanceof FileError)) {
          playground.failed(ticket, error.message);
          return;
        }
        await worthAnotherTry(tries);
      }
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
    host: { onState, copyText, onMessage, onScreenLost, reducedMotion: () => calm, now: () => performance.now() },
  });
  prepare(playground);
  playground.setTheme(themeNow());
  darkQuery.addEventListener('change', () => playground.setTheme(themeNow()));
  // The first paint stays until the canvas shows the same.
  await firstSample;
  for (let frames = 0; frames < 2 && !document.hidden; frames += 1) await new Promise(requestAnimationFrame);
  return playground;
}
