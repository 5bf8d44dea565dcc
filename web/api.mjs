// window.avae: the page for embedders and tests. Also over postMessage when framed:
//   parent → frame  {avae: 1, id: 7, method: 'open', args: ['#…']}
//   frame → parent  {avae: 1, id: 7, ok: true, result: …}  or  {avae: 1, id: 7, ok: false, error: 'sentence'}
//   frame → parent  {avae: 1, event: 'ready'}              once
// Only the parent is heard and answered. Over postMessage pixels() answers {height, width, channels, data: [numbers]}.
import { sha256Hex } from './files.mjs';

/**
 * `page` is a promise of {link(), open(link) → {ok, message}, pixels() → {pixels, spec}, models(), hash(bytes)}, `ready` one of the first
 * sample on show; it is rejected where the page cannot begin, and so is what is asked.
 */
export function installApi(page, ready) {
  let here = null;
  const begun = Promise.race([page, ready]).then(() => page);
  begun.then((functions) => (here = functions), () => {});
  const samplePixels = async () => (await begun).pixels();
  const pixels = async () => (await samplePixels()).pixels;
  const avae = {
    /** Resolves when the first sample is on show. */
    ready,
    /** The fragment (without #) that restores what is on show; '' while that is a model in training. */
    link: () => here?.link() ?? '',
    /** Shows a link. → {ok, message}; a bad link leaves the defaults on show and says why. */
    open: async (link) => (await begun).open(String(link)),
    /** uint8 [H, W, C] of the current sample, as the plain core decodes it. */
    pixels,
    /** SHA-256 of pixels(), hex. */
    pixelsHash: async () => sha256Hex(await pixels(), here?.hash),
    /** [{id, name, title, current, height, width, channels, latent, switches, classes, class_names}]; none before the page knows them. */
    models: () => here?.models() ?? [],
  };
  Object.defineProperty(window, 'avae', { value: Object.freeze(avae) });

  if (window.parent === window) return avae;
  const overWire = {
    ready: async () => {
      await ready;
      return true;
    },
    link: () => avae.link(),
    open: (link) => avae.open(link),
    pixels: async () => {
      const { pixels: data, spec } = await samplePixels();
      return { height: spec.height, width: spec.width, channels: spec.channels, data: Array.from(data) };
    },
    pixelsHash: () => avae.pixelsHash(),
    models: () => avae.models(),
  };
  const say = (message, origin) => window.parent.postMessage({ avae: 1, ...message }, origin);
  addEventListener('message', async ({ source, origin, data }) => {
    if (source !== window.parent || data?.avae !== 1 || typeof data.method !== 'string') return;
    const to = origin === 'null' ? '*' : origin; // a sandboxed parent has no origin to name
    const { id = null, method, args = [] } = data;
    try {
      if (!Object.hasOwn(overWire, method)) throw new Error(`there is no method ${method}`);
      await begun;
      say({ id, ok: true, result: await overWire[method](...args) }, to);
    } catch (error) {
      say({ id, ok: false, error: error.message }, to);
    }
  });
  Promise.resolve(ready).then(() => say({ event: 'ready' }, '*'), () => {});
  return avae;
}
