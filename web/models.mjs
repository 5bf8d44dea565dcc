// The models of the site: fetched when first needed, checked, and given to the pool.
import { PageError } from './errors.mjs';
import { fetchFile, transferOf } from './files.mjs';
import { formatBytes } from './progress.mjs';
import { worthAnotherTry } from './retry.mjs';

/** What links call the model that this machine is training now; no published decoder has this name. */
export const LIVE_ID = '0000000000000000';

/** A link to the model in training would soon show other pixels, so none is given out. */
export const isStable = (state) => state.model !== LIVE_ID;
export const UNSTABLE = 'This model is still learning: its pictures change, so they cannot be shared yet.';

export const SPEC_FIELDS = ['height', 'width', 'channels', 'latent', 'switches', 'classes'];

/** Throws when the decoder file is not what the manifest says it is. */
function sameSpec(model, spec) {
  for (const field of SPEC_FIELDS) {
    if ((spec[field] ?? 0) !== (model.spec[field] ?? 0)) {
      const both = `${field} ${spec[field]}, not ${model.spec[field]}`;
      throw new PageError(`The decoder of ${model.name} is another one than listed: ${both}.`, 'Publish the site again.');
    }
  }
}

/** Pens and sliders ask many times in a second: a failure stays the answer until another try is worth it; then `forget` it. */
function rememberFailure(promise, forget) {
  promise.catch(() => worthAnotherTry().then(forget));
  return promise;
}

/** `progress` is createProgress()'s. */
export function createModels({ manifest, pool, progress }) {
  const list = [...manifest.models];
  const wanted = new Map(); // id → promise of the spec
  const fetched = new Set(); // ids that the pool has taken
  const charted = new Set(); // ids whose atlas was fetched
  const roles = new Map(); // `${id} ${role}` → promise of the encoder or discriminator in the pool

  if (manifest.live) {
    // Stands for the model in training until its first decoder comes; the playground is told of it from the start.
    const base = list.find(({ id }) => id === manifest.default);
    list.push({ ...base, id: LIVE_ID, name: 'learning', title: 'Learning now', atlas: null, encoder: null, discriminator: null, realism: null, current: true, live: true, ready: false });
  }

  const hash = (data) => pool.call('sha256', data);
  const isOffered = ({ current, ready }) => current && ready !== false;
  const find = (id) => list.find((model) => model.id === id);
  /** Whether a model has what model `id` has in these fields of its spec. */
  const sharing = (id, fields) => ({ spec }) => fields.every((field) => spec[field] === find(id).spec[field]);

  async function fetchModel(model) {
    const onBytes = progress.of(transferOf(model.decoder).path);
    const refuse = (error) => {
      throw new PageError(`${model.title} cannot be opened: ${error.message}`, error.next);
    };
    const bytes = await fetchFile(model.decoder, { onBytes, hash }).catch(refuse);
    const spec = await pool.load(model.id, bytes).catch(refuse);
    sameSpec(model, spec);
    return spec;
  }

  async function loadRole(model, role, say) {
    const total = transferOf(model[role]).bytes;
    let got = 0;
    const onBytes = (count) => {
      got += count;
      say(`Fetching the ${role}: ${Math.min(100, Math.round((100 * got) / total))} % of ${formatBytes(total)}…`);
    };
    const bytes = await fetchFile(model[role], { onBytes, hash });
    await pool.call('loadRole', model.id, bytes);
  }

  /** Runs `method` of the worker once it has this role, which is fetched when first asked. */
  async function withRole(model, role, say, method, ...args) {
    const name = `${model.id} ${role}`;
    for (let tries = 0; ; tries += 1) {
      if (!roles.has(name)) roles.set(name, rememberFailure(loadRole(model, role, say), () => roles.delete(name)));
      await roles.get(name);
      try {
        return await pool.call(method, model.id, ...args);
      } catch (error) {
        if (error.message !== 'not loaded') throw error;
        roles.delete(name); // the worker that had it is gone
        if (tries > 0) throw error;
      }
    }
  }

  return {
    /** SHA-256 of bytes in hex (a promise), where the browser offers none. */
    hash,
    /** All models: current ones first offered, earlier ones kept for old links. */
    list: () => list,
    find: (id) => find(id),
    /** Models that a visitor can choose. */
    offered: () => list.filter(isOffered),

    /** Model `id` and those that share its latents and classes: they can draw the same sample. */
    comparable(id) {
      const alike = sharing(id, ['latent', 'classes']);
      return list.filter((model) => model.id === id || (isOffered(model) && alike(model)));
    },

    /** Other models that can be shown a picture of model `id`. */
    readers(id) {
      return this.comparable(id).filter((model) => model.id !== id && sharing(id, ['height', 'width', 'channels'])(model));
    },

    /** Paths of the model files that were fetched. */
    loadedFiles: () => [
      ...list.filter(({ id }) => fetched.has(id)).map(({ decoder }) => transferOf(decoder).path),
      ...list.filter(({ id }) => charted.has(id)).map(({ atlas }) => transferOf(atlas).path),
      ...['encoder', 'discriminator'].flatMap((role) =>
        list.filter(({ id }) => roles.has(`${id} ${role}`)).map((model) => transferOf(model[role]).path),
      ),
    ],

    /** Resolves when the pool can decode model `id`. A failed fetch is tried again on a later call. */
    ensure(id) {
      const model = find(id);
      if (!model) return Promise.reject(new PageError(`There is no model ${id} on this site.`));
      if (model.live) {
        return model.ready ? Promise.resolve(model.spec) : Promise.reject(new PageError('Training has not made a model yet.'));
      }
      if (fetched.has(id) && !pool.has(id)) wanted.delete(id); // the pool had to give it up
      if (!wanted.has(id)) {
        fetched.delete(id);
        const promise = rememberFailure(fetchModel(model), () => wanted.delete(id));
        promise.then(() => fetched.add(id), () => {});
        wanted.set(id, promise);
      }
      return wanted.get(id);
    },

    /**
     * A picture as a sample of model `id`: see core-worker.mjs. The encoder is fetched when first asked, `say(text)` hears how far that
     * is; without one, it is the nearest that the model draws.
     */
    async encode(id, pixels, classIndex, say = () => {}) {
      const model = find(id);
      await this.ensure(id);
      return model.encoder ? withRole(model, 'encoder', say, 'encode', pixels, classIndex) : pool.call('nearest', id, pixels, classIndex);
    },

    /** Logits Float32Array [n] that the discriminator of model `id` gives pixels [n, H, W, C] of classes mixes [n, K]. */
    async judge(id, n, pixels, mixes) {
      const model = find(id);
      if (!model?.discriminator) throw new PageError('This model has no discriminator.');
      return withRole(model, 'discriminator', () => {}, 'discriminate', n, pixels, mixes);
    },

    /** The map and directions of model `id`, or null when it has none. */
    async atlas(id) {
      const model = find(id);
      if (!model?.atlas) return null;
      const bytes = await fetchFile(model.atlas, { hash });
      charted.add(id);
      return bytes;
    },

    /** Puts the decoder `bytes` in place of the live model. → its spec. */
    async setLive(bytes) {
      const spec = await pool.load(LIVE_ID, bytes);
      Object.assign(find(LIVE_ID), { spec, ready: true });
      return spec;
    },
  };
}
