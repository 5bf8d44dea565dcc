// A pool of decoder workers: a queue by priority, batches of cheap jobs, cancellation, and replacement of dead workers.
//
// A worker is anything with postMessage(message, transfer), terminate() and the events message, error and messageerror;
// core-worker.mjs is the real one and lists the messages.
import { PageError } from './errors.mjs';

/** Jobs of the lowest priority are run together up to this many samples. */
export const MAX_BATCH = 8;
/** Batches sent to a worker at a time: it begins the second while the first one's pixels are on their way. */
const IN_FLIGHT = 2;
const LOWEST_PRIORITY = 2;
/** While single pictures are asked for one after the other, the many of the lowest priority leave the page time to show them. */
const SINGLE_PRIORITY = 1;
const HURRY_MS = 250;
const PAUSE_MS = 100;
/** For so long after, no worker has more than a batch of them at a time: the next single picture would wait for all. */
const WARY_MS = 1000;
/** Nor for so long after many were asked for at once: the pointer that made them wanted may be about to look at one. */
const FIRST_MS = 250;
/** A job, or a worker's start, that failed this often is given up. */
const MAX_TRIES = 2;

/** How many workers to use: one less than the cores, since the page draws on one; at most 4. */
export function poolSize(cores = globalThis.navigator?.hardwareConcurrency ?? 2) {
  return Math.max(1, Math.min(4, cores - 1));
}

/**
 * `spawn()` makes a worker, `start` is the message that starts its core (or a promise of it), `size` is the most workers.
 * Workers start when there is work for them: the first one at once.
 */
export function createPool({ spawn, start, size = poolSize(), now = () => performance.now() }) {
  const models = new Map(); // id → {bytes, generation, before: the model it took the place of, tries}
  const loads = new Map(); // `${id}/${generation}` → {resolve, reject}
  const queues = [[], [], []];
  const calls = new Map(); // number → {method, args, resolve, reject, tries}
  const slots = [];
  let generation = 0;
  let nextNumber = 1;
  let failedStarts = 0;
  let dispatching = false;
  let single = -Infinity; // when a single picture was last asked for
  let many = -Infinity; // when jobs of the lowest priority were last asked for while none waited
  let pause = -Infinity; // until when jobs of the lowest priority wait
  let waking = null;
  let dead = null; // the PageError that ended the pool
  const starting = Promise.resolve(start);
  starting.catch((error) => close(error));

  const isAlive = (slot) => slots[slot.at] === slot;
  /** Whether there is work for a worker that has `depth` batches. */
  const queued = (depth = 0) => queues.some((queue, priority) => queue.length > 0 && (priority < LOWEST_PRIORITY || isTimeForMany(depth)));
  const samplesOf = (batch) => batch.reduce((sum, job) => sum + job.n, 0);

  function startSlot(at) {
    const slot = { worker: spawn(), at, ready: false, batches: [], loading: new Set(), calls: new Set() };
    slots[at] = slot;
    slot.worker.addEventListener('message', ({ data }) => isAlive(slot) && onMessage(slot, data));
    for (const event of ['error', 'messageerror']) {
      slot.worker.addEventListener(event, (error) => {
        error.preventDefault?.();
        if (isAlive(slot)) onDeath(slot, error.message || 'the worker stopped');
      });
    }
    starting.then((message) => isAlive(slot) && slot.worker.postMessage({ type: 'start', ...message }), () => {});
    for (const [id, model] of models) sendModel(slot, id, model);
    return slot;
  }

  /** Messages wait for the start, in their order. */
  function post(slot, message, transfer = []) {
    starting.then(() => isAlive(slot) && slot.worker.postMessage(message, transfer), () => {});
  }

  function sendModel(slot, id, model) {
    slot.loading.add(model);
    post(slot, { type: 'load', model: id, generation: model.generation, bytes: model.bytes });
  }

  function onMessage(slot, message) {
    switch (message.type) {
      case 'started':
        slot.ready = true;
        failedStarts = 0;
        break;
      case 'loaded':
        settleLoad(slot, message, (load) => load.resolve(message.spec));
        break;
      case 'refused':
        onRefused(slot, message);
        break;
      case 'pixels':
        finishBatch(slot, (job, pixels) => job.resolve(pixels), message.pixels);
        break;
      case 'failed':
        finishBatch(slot, (job) => job.reject(new PageError(message.message)));
        break;
      case 'answer': {
        const call = calls.get(message.number);
        calls.delete(message.number);
        slot.calls.delete(message.number);
        if (!call) break;
        if (message.error === undefined) call.resolve(message.value);
        else call.reject(Object.assign(new PageError(message.error), { hint: message.hint }));
        break;
      }
      case 'died':
        onDeath(slot, message.message);
        return;
      default:
        throw new Error(`unknown message ${message.type}`);
    }
    dispatch();
  }

  function settleLoad(slot, { model: id, generation: of }, settle) {
    for (const model of [...slot.loading].filter(({ generation }) => generation === of)) {
      slot.loading.delete(model);
      model.tries = 0;
    }
    const key = `${id}/${of}`;
    const load = loads.get(key);
    loads.delete(key);
    if (load) settle(load);
  }

  /** Settles the jobs of the worker's oldest batch, each with its share of `pixels`. */
  function finishBatch(slot, settle, pixels = null) {
    const batch = slot.batches.shift() ?? [];
    const perSample = pixels ? pixels.length / samplesOf(batch) : 0;
    let from = 0;
    for (const job of batch) {
      const to = from + job.n * perSample;
      if (!job.cancelled) settle(job, batch.length > 1 ? pixels?.slice(from, to) : pixels);
      from = to;
    }
  }

  function onDeath(slot, why) {
    const others = slots.filter((other) => other && other !== slot);
    if (!slot.ready) failedStarts += 1;
    const neverStarts = !slot.ready && failedStarts >= MAX_TRIES;
    if (neverStarts && others.length === 0) {
      close(new PageError(`The decoder does not start: ${why}.`, 'Reload the page, or try a newer browser.'));
      return;
    }
    // A worker does one thing after the other: models before its first batch, and calls before batches that were not yet answered.
    const [running = []] = slot.batches;
    const blamed = slot.loading.size > 0 ? slot.loading : slot.calls.size > 0 ? [] : running;
    if (slot.ready) for (const each of blamed) each.tries += 1;
    const tooMuch = [...models].filter(([, model]) => slot.loading.has(model) && model.tries >= MAX_TRIES);
    const spare = others.length > 0 && (neverStarts || tooMuch.length > 0);
    replace(slot, why, spare ? { others } : { without: tooMuch });
  }

  /** Ends a worker and hands its work to a fresh one, `without` some models; or to `others`, which from now on are all there are. */
  function replace(slot, why, { others = null, without = [] }) {
    slot.worker.terminate();
    slots[slot.at] = undefined;
    for (const job of slot.batches.flat().reverse()) {
      if (job.cancelled) continue;
      if (job.tries < MAX_TRIES) queues[job.priority].unshift(job);
      else job.reject(new PageError(`The decoder stopped twice on this picture: ${why}.`));
    }
    for (const [id, model] of without) giveUp(id, model, why);
    if (others) {
      size = others.length;
      slots.splice(0, slots.length, ...others);
      others.forEach((other, at) => (other.at = at));
    } else {
      startSlot(slot.at);
    }
    for (const number of slot.calls) {
      const call = calls.get(number);
      if (!call) continue;
      if (++call.tries < MAX_TRIES) sendCall(slots[0], number, call);
      else {
        calls.delete(number);
        call.reject(new PageError(`The decoder stopped twice: ${why}.`));
      }
    }
    dispatch();
  }

  /** A worker will not have a model that others have taken: most likely there is no memory for it here. */
  function onRefused(slot, { model: id, generation: of, message }) {
    const pending = loads.has(`${id}/${of}`);
    settleLoad(slot, { model: id, generation: of }, (load) => load.reject(new PageError(message, 'Publish the site again.')));
    const model = models.get(id);
    if (pending || model?.generation !== of) return;
    const others = slots.filter((other) => other && other !== slot);
    if (others.length > 0) replace(slot, message, { others });
    else giveUp(id, model, message);
  }

  /** Forgets a model whose loading ends workers, and what waits for it. */
  function giveUp(id, model, why) {
    const error = new PageError(`The decoder cannot load this model: ${why}.`, 'Close other tabs, or try another model.');
    const key = `${id}/${model.generation}`;
    const load = loads.get(key);
    loads.delete(key);
    if (load) load.reject(error); // and puts an earlier model back
    else models.delete(id);
    if (models.has(id)) return;
    for (const queue of queues) {
      for (const job of queue.filter((each) => each.model === id)) {
        queue.splice(queue.indexOf(job), 1);
        job.reject(error);
      }
    }
  }

  function isTimeForMany(depth) {
    const at = now();
    if (depth > 0 && at < Math.max(single + WARY_MS, many + FIRST_MS)) return false;
    const hurry = single + HURRY_MS;
    if (at >= hurry || at >= pause) return true;
    waking ??= setTimeout(() => {
      waking = null;
      dispatch();
    }, Math.min(hurry, pause) - at);
    return false;
  }

  /** The next job and, if it is of the lowest priority, others of the same model that fit in a batch with it. */
  function takeBatch() {
    const queue = queues.find((each) => each.length > 0);
    const batch = [queue.shift()];
    let samples = batch[0].n;
    if (batch[0].priority !== LOWEST_PRIORITY) return batch;
    pause = now() + PAUSE_MS;
    for (let i = 0; i < queue.length && samples < MAX_BATCH; ) {
      const job = queue[i];
      if (job.model === batch[0].model && samples + job.n <= MAX_BATCH) {
        samples += job.n;
        batch.push(...queue.splice(i, 1));
      } else {
        i += 1;
      }
    }
    return batch;
  }

  /** Jobs asked for in one turn of the page are seen together. */
  function dispatchSoon() {
    if (dispatching) return;
    dispatching = true;
    queueMicrotask(() => {
      dispatching = false;
      dispatch();
    });
  }

  /** Work goes to the workers that have least of it. */
  function dispatch() {
    for (let depth = 0; depth < IN_FLIGHT; depth += 1) {
      for (const slot of slots) if (slot?.ready && slot.batches.length === depth && queued(depth)) sendBatch(slot, takeBatch());
      // A worker more, when all that there are have work and work is left over.
      if (queued() && slots.length < size && slots.every((slot) => slot?.ready)) startSlot(slots.length);
    }
  }

  function sendBatch(slot, batch) {
    slot.batches.push(batch);
    const join = (Type, field) => {
      const whole = new Type(batch.reduce((sum, job) => sum + job[field].length, 0));
      let at = 0;
      for (const job of batch) {
        whole.set(job[field], at);
        at += job[field].length;
      }
      return whole;
    };
    const latents = join(Int8Array, 'latents');
    const mixes = join(Uint8Array, 'mixes');
    const { model } = batch[0];
    post(slot, { type: 'decode', model, n: samplesOf(batch), latents, mixes }, [latents.buffer, mixes.buffer]);
  }

  function sendCall(slot, number, { method, args }) {
    slot.calls.add(number);
    post(slot, { type: 'call', number, method, args });
  }

  function close(error = new PageError('The decoder was closed.')) {
    dead = error;
    clearTimeout(waking);
    for (const slot of slots) slot?.worker.terminate();
    for (const job of [...slots.flatMap((slot) => slot?.batches.flat() ?? []), ...queues.flat()]) job.reject(error);
    slots.length = 0;
    for (const queue of queues) queue.length = 0;
    for (const waiting of [...calls.values(), ...loads.values()]) waiting.reject(error);
    calls.clear();
    loads.clear();
  }

  startSlot(0);

  return {
    /** Gives every worker the decoder `bytes` under the name `id`, in place of an earlier one. → its spec, as the core read it. */
    load(id, bytes) {
      if (dead) return Promise.reject(dead);
      const model = { bytes, generation: ++generation, before: models.get(id), tries: 0 };
      models.set(id, model);
      for (const slot of slots) if (slot) sendModel(slot, id, model);
      return new Promise((resolve, reject) => {
        const keep = (spec) => {
          delete model.before; // its bytes are no longer wanted
          resolve(spec);
        };
        const undo = (error) => {
          if (models.get(id) === model) {
            if (model.before) models.set(id, model.before);
            else models.delete(id);
          }
          reject(error);
        };
        loads.set(`${id}/${model.generation}`, { resolve: keep, reject: undo });
      });
    },

    /** Whether decode() knows the model. */
    has: (id) => models.has(id),

    /**
     * Decodes `n` samples: latents Int8Array [n, Z], mixes Uint8Array [n, K] → Uint8Array [n, H, W, C].
     * Priority 0 runs before 1 before 2. `ticket` is the name for cancel().
     */
    decode({ ticket = null, model, priority = 1, n, latents, mixes }) {
      if (dead) return Promise.reject(dead);
      if (!models.has(model)) return Promise.reject(new PageError(`The model ${model} is not loaded.`));
      return new Promise((resolve, reject) => {
        const job = { ticket, model, priority, n, latents, mixes, resolve, reject, tries: 0, cancelled: false };
        if (job.priority === LOWEST_PRIORITY && queues[LOWEST_PRIORITY].length === 0) many = now();
        queues[job.priority].push(job);
        if (job.priority === SINGLE_PRIORITY) single = now();
        dispatchSoon();
      });
    },

    /** Forgets the job `ticket`: its promise never settles. */
    cancel(ticket) {
      for (const queue of queues) {
        const at = queue.findIndex((job) => job.ticket === ticket);
        if (at >= 0) queue.splice(at, 1);
      }
      for (const slot of slots) for (const job of slot?.batches.flat() ?? []) if (job.ticket === ticket) job.cancelled = true;
    },

    /** Runs one of the core's small functions (link codec, random latents, hash) in the first worker. */
    call(method, ...args) {
      if (dead) return Promise.reject(dead);
      const number = nextNumber++;
      return new Promise((resolve, reject) => {
        const call = { method, args, resolve, reject, tries: 0 };
        calls.set(number, call);
        sendCall(slots[0], number, call);
      });
    },

    /** Workers that run now. */
    workers: () => slots.filter(Boolean).length,
    close,
  };
}
