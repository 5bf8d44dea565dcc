// A worker with one instance of the core. Messages in:
//   {type: 'start', module}                                   instantiate the core         → started
//   {type: 'load', model, generation, bytes}                  take a decoder file          → loaded {spec} | refused {message}
//   {type: 'decode', model, n, latents, mixes}                int8 [N, Z], uint8 [N, K]    → pixels [N, H, W, C] | failed {message}
//   {type: 'call', number, method, args}                      a function of CALLS          → answer {value} | answer {error, hint}
// and out, besides: {type: 'died', message} when the core itself broke; the pool then starts another worker.
import { createCore } from './core.mjs';

let core = null;
const decoders = new Map(); // model id → decoder
const others = new Map(); // `${model id} ${role}` → encoder or discriminator

/** The error by which the page knows that this worker must be given the file first. */
const NOT_LOADED = 'not loaded';

const CALLS = {
  linkModel: (text) => core.linkModel(text),
  decodeLink: (text, latentSize, classes) => core.decodeLink(text, latentSize, classes),
  encodeLink: (state) => core.encodeLink(state),
  randomLatent: (seed, latentSize, switches) => core.randomLatent(seed, latentSize, 100, switches),
  sha256: (bytes) => core.sha256(bytes),

  /** Takes an encoder or discriminator file. */
  loadRole(model, bytes) {
    const network = core.load(bytes);
    const name = `${model} ${network.role}`;
    others.get(name)?.free();
    others.set(name, network);
  },

  /** The logits [n] of `model`'s discriminator for pixels [n, H, W, C]. */
  discriminate(model, n, pixels, mixes) {
    const discriminator = others.get(`${model} discriminator`);
    if (!discriminator) throw new Error(NOT_LOADED);
    return discriminator.discriminate(n, pixels, mixes);
  },

  /** A picture as the class that shows it best, or as `only`. → {latent, mix, classIndex, error: mean squared, of 0..1} */
  encode(model, pixels, only) {
    const encoder = others.get(`${model} encoder`);
    const decoder = decoders.get(model);
    if (!encoder || !decoder) throw new Error(NOT_LOADED);
    return encoder.read(decoder, pixels, only);
  },

  /** What a model without an encoder draws nearest to a picture. → likewise */
  nearest: (model, pixels, only) => decoders.get(model).nearest(pixels, only),
};

/** A trap or an abort leaves the instance in an unknown state. */
const isFatal = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

const HANDLERS = {
  async start({ module }) {
    core = await createCore({ module });
    postMessage({ type: 'started' });
  },

  load({ model, generation, bytes }) {
    try {
      const decoder = core.loadDecoder(bytes);
      decoders.get(model)?.free();
      decoders.set(model, decoder);
      postMessage({ type: 'loaded', model, generation, spec: decoder.spec });
    } catch (error) {
      if (isFatal(error)) throw error;
      postMessage({ type: 'refused', model, generation, message: error.message });
    }
  },

  decode({ model, n, latents, mixes }) {
    try {
      const pixels = decoders.get(model).decode(n, latents, mixes);
      postMessage({ type: 'pixels', pixels }, [pixels.buffer]);
    } catch (error) {
      if (isFatal(error)) throw error;
      postMessage({ type: 'failed', message: error.message });
    }
  },

  call({ number, method, args }) {
    try {
      postMessage({ type: 'answer', number, value: CALLS[method](...args) });
    } catch (error) {
      if (isFatal(error)) throw error;
      postMessage({ type: 'answer', number, error: error.message, hint: error.hint });
    }
  },
};

// One message after the other: those that came while the core was starting wait for it.
let last = Promise.resolve();
addEventListener('message', ({ data }) => {
  last = last
    .then(() => HANDLERS[data.type](data))
    .catch((error) => {
      postMessage({ type: 'died', message: error.message });
      return new Promise(() => {}); // nothing more from this instance
    });
});
