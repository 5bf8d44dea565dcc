// Links, through the core: JavaScript neither reads nor writes one itself.
import { PageError } from './errors.mjs';

/**
 * `call(method, ...args)` asks the core; `findModel(id)` gives a manifest entry or undefined.
 * A state is {model, view, latent [Z], mix [K], morph?} in plain arrays, as wasm/core.h describes it.
 */
export function createCodec(call, findModel) {
  return {
    /** Link text → {model, state}. Throws a PageError that says what is wrong with the link. */
    async open(text) {
      const next = 'It may have been cut short: copy it again. Here is the first sample instead.';
      const elsewhere = 'Open it with the site it was copied from.';
      const refuse = (why, then = next) => new PageError(`This link cannot be opened: ${why.replace(/^link: /, '')}.`, then);
      const coreRefuses = ({ message, hint = '' }) => refuse(message, hint.startsWith('open') ? elsewhere : next);
      let id;
      try {
        id = await call('linkModel', text);
      } catch (error) {
        if (error.next) throw error; // the core itself is missing
        throw coreRefuses(error);
      }
      const model = findModel(id);
      if (!model) throw refuse(`its model ${id} is not on this site`, elsewhere);
      try {
        return { model, state: await call('decodeLink', text, model.spec.latent, model.spec.classes) };
      } catch (error) {
        throw coreRefuses(error);
      }
    },

    /** State → link text. */
    link: (state) => call('encodeLink', state),

    /** The sample that `seed` draws from `model`, of class `classIndex`, in a view. */
    async draw(model, seed, classIndex = 0, view = 'shape') {
      const { latent, classes, switches = 0 } = model.spec;
      return {
        model: model.id,
        view,
        latent: Array.from(await call('randomLatent', seed, latent, switches)),
        mix: oneClass(classes, classIndex),
      };
    },
  };
}

/** K weights, 255 at `index`. */
export function oneClass(classes, index) {
  const mix = new Array(classes).fill(0);
  if (classes > 0) mix[Math.min(Math.max(index, 0), classes - 1)] = 255;
  return mix;
}

/** The class with the largest weight, -1 without classes. */
export function mainClass(mix) {
  let best = -1;
  mix.forEach((weight, index) => {
    if (weight > 0 && (best < 0 || weight > mix[best])) best = index;
  });
  return best;
}
