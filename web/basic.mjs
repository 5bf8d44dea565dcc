// The playground without ImGui: first paint, and all there is where WebGL2 is missing. It has the methods that
// startPlayground() of ui.mjs has, as far as a picture, a class and a die need them.
import { mainClass, oneClass } from './codec.mjs';

const FIRST_SEED = 1;

/**
 * `codec` is createCodec()'s, `models()` lists the models, the default first, `decode(state)` gives the pixels of a state,
 * `paint(pixels, model)` shows them, `onState(link, state)` hears of every change. start() or open() must come first; both answer
 * {ok, message, next}.
 */
export function createBasicPlayground({ codec, models, decode, paint, onState }) {
  let state = null;
  let link = '';
  let turn = 0;
  const past = [];
  const future = [];

  const modelOf = (id) => models().find((model) => model.id === id);

  /** `onShown` is called just before the state changes, if nothing newer was asked for meanwhile. */
  async function show(next, text, onShown = () => {}) {
    const mine = ++turn;
    const fresh = text ?? (await codec.link(next));
    const pixels = await decode(next);
    if (mine !== turn) return;
    onShown();
    state = next;
    link = fresh;
    paint(pixels, modelOf(state.model));
    onState(link, publicState());
  }

  function publicState() {
    return {
      ...state,
      classIndex: mainClass(state.mix),
      canUndo: past.length > 0,
      canRedo: future.length > 0,
    };
  }

  async function edit(next) {
    await show(next, undefined, () => {
      past.push({ state, link });
      future.length = 0;
    });
  }

  async function travel(from, to) {
    const step = from.pop();
    if (!step) return;
    to.push({ state, link });
    await show(step.state, step.link);
  }

  const done = { ok: true, message: '', next: '' };
  /** After a fault: the first sample of the first model that there is. Throws the fault when there is none. */
  async function showFirst({ message, next }, fault) {
    for (const model of models()) {
      try {
        await show(await codec.draw(model, FIRST_SEED));
        return { ok: false, message, next: next ?? `Here is ${model.title} instead.` };
      } catch {} // the next one may be there
    }
    throw fault;
  }

  return {
    /** The first sample of the first model, to be looked at in `view`. */
    async start(view) {
      try {
        await show(await codec.draw(models()[0], FIRST_SEED, 0, view));
        return done;
      } catch (fault) {
        return showFirst({ message: fault.message }, fault);
      }
    },
    /** A bad link shows the first sample, one whose model cannot be fetched that of another model. */
    async open(text) {
      let opened;
      try {
        opened = await codec.open(text);
      } catch (fault) {
        return showFirst(fault, fault);
      }
      try {
        await show(opened.state, text.replace(/^#/, ''), () => state && past.push({ state, link }));
        return done;
      } catch (fault) {
        return showFirst({ message: fault.message }, fault);
      }
    },
    link: () => link,
    state: () => publicState(),
    async setModel(id) {
      const before = state.mix;
      const model = modelOf(id);
      const same = model.spec.latent === state.latent.length && model.spec.classes === before.length;
      if (same) await edit({ ...state, model: id });
      else await edit(await codec.draw(model, FIRST_SEED));
    },
    setClass: (index) => edit({ ...state, mix: oneClass(state.mix.length, index) }),
    setView() {},
    async command(name) {
      if (name === 'undo') await travel(past, future);
      if (name === 'redo') await travel(future, past);
      if (name === 'random') {
        const seed = crypto.getRandomValues(new Uint32Array(1))[0];
        const drawn = await codec.draw(modelOf(state.model), seed);
        await edit({ ...state, latent: drawn.latent });
      }
    },
    /** The model has other weights now: decode again. */
    async replaceModel(id) {
      if (state?.model === id) await show(state, link);
    },
    destroy() {
      turn += 1;
    },
  };
}
