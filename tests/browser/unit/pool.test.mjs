import assert from 'node:assert/strict';
import test from 'node:test';

import { createPool, poolSize } from '../../../web/pool.mjs';

/** A worker whose answers the test gives by hand. */
class FakeWorker extends EventTarget {
  sent = [];
  answered = 0;
  terminated = false;
  postMessage(message) {
    this.sent.push(message);
  }
  terminate() {
    this.terminated = true;
  }
  say(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
  crash(message = 'boom') {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }
  of(type) {
    return this.sent.filter((message) => message.type === type);
  }
  get last() {
    return this.sent.at(-1);
  }
  /** Answers the oldest decode: each pixel is its sample's first latent. */
  answer() {
    const { n, latents } = this.of('decode')[this.answered++];
    const Z = latents.length / n;
    this.say({ type: 'pixels', pixels: Uint8Array.from({ length: 2 * n }, (_, i) => latents[Z * (i >> 1)]) });
  }
}

/** The worker's core starts and takes the models it was sent. */
function begin(worker) {
  worker.say({ type: 'started' });
  for (const { model, generation } of worker.of('load')) worker.say({ type: 'loaded', model, generation, spec: {} });
}

/** The newest worker crashes, and number `next`, which takes its place, begins. */
async function crashInto(workers, next) {
  workers[next - 1].crash();
  await turn();
  begin(workers[next]);
  await turn();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function setUp({ size = 1, now } = {}) {
  const workers = [];
  const spawn = () => workers[workers.push(new FakeWorker()) - 1];
  const pool = createPool({ spawn, start: { module: 'm' }, size, now });
  await turn();
  workers[0].say({ type: 'started' });
  const loaded = pool.load('a', Uint8Array.of(1));
  await turn();
  workers[0].say({ type: 'loaded', model: 'a', generation: workers[0].last.generation, spec: { latent: 2 } });
  assert.deepEqual(await loaded, { latent: 2 });
  return { pool, workers };
}

const job = (value, rest = {}) => ({ model: 'a', n: 1, latents: Int8Array.of(value, 0), mixes: Uint8Array.of(255), ...rest });

test('pool: uses one core less than there are, from 1 to 4', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 16].map(poolSize), [1, 1, 2, 3, 4, 4]);
});

test('pool: starts the core before anything else', async () => {
  const { workers } = await setUp();
  assert.deepEqual(workers[0].sent.map(({ type }) => type), ['start', 'load']);
  assert.equal(workers[0].sent[0].module, 'm');
});

test('pool: runs priority 0 before 1 before 2', async () => {
  const { pool, workers } = await setUp();
  const order = [];
  const ask = (value, priority) => pool.decode(job(value, { priority })).then(() => order.push(value));
  const all = [ask(9, 1), ask(8, 1)]; // these are sent at once
  await turn();
  all.push(ask(2, 2), ask(1, 1), ask(0, 0));
  for (let i = 0; i < 5; i += 1) {
    await turn();
    workers[0].answer();
  }
  await Promise.all(all);
  assert.deepEqual(order, [9, 8, 0, 1, 2]);
});

test('pool: runs up to 8 samples of the lowest priority together and gives each job its own pixels', async () => {
  let at = 0;
  const { pool, workers } = await setUp({ now: () => at });
  const first = pool.decode(job(100, { priority: 0 }));
  const second = pool.decode(job(101, { priority: 0 }));
  const rest = Array.from({ length: 12 }, (_, i) => pool.decode(job(i, { priority: 2 })));
  await turn();
  at = 1000; // long after the many were asked for
  workers[0].answer();
  workers[0].answer();
  await Promise.all([first, second]);
  await turn();
  assert.deepEqual(workers[0].of('decode').map(({ n }) => n), [1, 1, 8, 4]);
  workers[0].answer();
  workers[0].answer();
  assert.deepEqual((await Promise.all(rest)).map((pixels) => [...pixels]), Array.from({ length: 12 }, (_, i) => [i, i]));
});

test('pool: when many are asked for at once, a picture that is looked at next waits for one batch of them, not two', async () => {
  let at = 0;
  const { pool, workers } = await setUp({ now: () => at });
  const sent = () => workers[0].of('decode').map(({ n }) => n);
  for (let i = 0; i < 40; i += 1) pool.decode(job(i, { priority: 2 }));
  await turn();
  assert.deepEqual(sent(), [8]);
  at = 20;
  pool.decode(job(1, { priority: 1 }));
  await turn();
  assert.deepEqual(sent(), [8, 1]);
  workers[0].answer();
  await turn();
  assert.deepEqual(sent(), [8, 1]);
  at = 2000; // nobody looks any more
  workers[0].answer();
  await turn();
  assert.deepEqual(sent(), [8, 1, 8, 8], 'two at a time again');
});

test('pool: batches of the lowest priority are spaced while single pictures are asked for', async () => {
  let at = 0;
  const { pool, workers } = await setUp({ now: () => at });
  const sent = () => workers[0].of('decode').map(({ n }) => n);
  const all = [pool.decode(job(1, { priority: 1 })), ...Array.from({ length: 24 }, (_, i) => pool.decode(job(i, { priority: 2 })))];
  await turn();
  assert.deepEqual(sent(), [1], 'none of the many waits at the worker');
  workers[0].answer();
  await turn();
  assert.deepEqual(sent(), [1, 8]);
  workers[0].answer();
  await turn();
  assert.deepEqual(sent(), [1, 8], 'the next is held back');
  all.push(pool.decode(job(2, { priority: 1 })));
  await turn();
  assert.deepEqual(sent(), [1, 8, 1], 'another single one is not');
  workers[0].answer();
  at = 110;
  for (let tries = 0; sent().length < 4; tries += 1) {
    assert.ok(tries < 500, 'it comes by itself');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual(sent(), [1, 8, 1, 8]);
  workers[0].answer();
  at = 300; // nobody asked for a single one in the last quarter of a second
  for (let tries = 0; sent().length < 5; tries += 1) {
    assert.ok(tries < 500, 'it comes by itself');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual(sent(), [1, 8, 1, 8, 8]);
  workers[0].answer();
  await Promise.all(all);
  pool.close();
});

test('pool: puts the jobs of one turn in one batch from the first', async () => {
  const { pool, workers } = await setUp();
  for (let i = 0; i < 8; i += 1) pool.decode(job(i, { priority: 2 }));
  await turn();
  assert.deepEqual(workers[0].of('decode').map(({ n }) => n), [8]);
});

test('pool: sends a worker a second batch ahead, never a third, and fills idle workers first', async () => {
  const { pool, workers } = await setUp({ size: 2 });
  const all = Array.from({ length: 6 }, (_, i) => pool.decode(job(i)));
  await turn();
  begin(workers[1]);
  await turn();
  const sent = () => workers.map((worker) => worker.of('decode').map(({ latents }) => latents[0]));
  assert.deepEqual(sent(), [[0, 1], [2, 3]]);
  workers[1].answer();
  await turn();
  assert.deepEqual(sent(), [[0, 1], [2, 3, 4]]);
  workers[1].answer();
  workers[1].answer();
  await turn();
  assert.deepEqual(sent(), [[0, 1], [2, 3, 4, 5]]);
  workers[1].answer();
  workers[0].answer();
  workers[0].answer();
  assert.deepEqual((await Promise.all(all)).map(([pixel]) => pixel), [0, 1, 2, 3, 4, 5]);
});

test('pool: does not mix models in a batch', async () => {
  let at = 0;
  const { pool, workers } = await setUp({ now: () => at });
  const loaded = pool.load('b', Uint8Array.of(2));
  await turn();
  workers[0].say({ type: 'loaded', model: 'b', generation: workers[0].last.generation, spec: {} });
  await loaded;
  pool.decode(job(0, { priority: 0 }));
  pool.decode(job(0, { priority: 0 }));
  pool.decode(job(1, { priority: 2 }));
  pool.decode(job(2, { priority: 2, model: 'b' }));
  pool.decode(job(3, { priority: 2 }));
  await turn();
  at = 1000;
  workers[0].answer();
  await turn();
  assert.deepEqual([...workers[0].last.latents], [1, 0, 3, 0]);
  assert.equal(workers[0].last.model, 'a');
});

test('pool: forgets a cancelled job, waiting, sent ahead or running', async () => {
  const { pool, workers } = await setUp();
  const settled = [];
  const ask = (ticket) => pool.decode(job(ticket, { ticket })).then(() => settled.push(ticket));
  const [, , , last] = [1, 2, 3, 4].map(ask);
  await turn();
  for (const ticket of [1, 2, 3]) pool.cancel(ticket);
  for (let i = 0; i < 3; i += 1) {
    workers[0].answer();
    await turn();
  }
  await last;
  assert.deepEqual(settled, [4]);
  assert.equal(workers[0].of('decode').length, 3);
});

test('pool: starts another worker only when all have work, and gives it the models', async () => {
  const { pool, workers } = await setUp({ size: 2 });
  const first = pool.decode(job(1));
  assert.equal(workers.length, 1);
  const second = pool.decode(job(2));
  const third = pool.decode(job(3));
  await turn();
  assert.equal(workers.length, 2);
  assert.deepEqual(workers[1].sent.map(({ type }) => type), ['start', 'load']);
  begin(workers[1]);
  await turn();
  workers[1].answer();
  workers[0].answer();
  workers[0].answer();
  assert.deepEqual([...(await first), ...(await second), ...(await third)], [1, 1, 2, 2, 3, 3]);
  assert.equal(pool.workers(), 2);
});

test('pool: replaces a dead worker and tries its job once more', async () => {
  const { pool, workers } = await setUp();
  const pixels = pool.decode(job(7));
  await turn();
  workers[0].crash();
  await turn();
  assert.ok(workers[0].terminated);
  begin(workers[1]);
  await turn();
  workers[1].answer();
  assert.deepEqual([...(await pixels)], [7, 7]);
});

test('pool: gives up a job that killed two workers, not the one sent behind it', async () => {
  const { pool, workers } = await setUp();
  const bad = assert.rejects(pool.decode(job(7)), /stopped twice on this picture: boom/);
  const good = pool.decode(job(8));
  await turn();
  await crashInto(workers, 1);
  assert.deepEqual(workers[1].of('decode').map(({ latents }) => latents[0]), [7, 8]);
  await crashInto(workers, 2);
  await bad;
  workers[2].answer();
  assert.deepEqual([...(await good)], [8, 8]);
});

test('pool: says so when the core never starts', async () => {
  const workers = [];
  const pool = createPool({ spawn: () => workers[workers.push(new FakeWorker()) - 1], start: {}, size: 1 });
  const loading = assert.rejects(pool.load('a', Uint8Array.of(1)), /does not start: boom/);
  await turn();
  workers[0].crash();
  await turn();
  workers[1].say({ type: 'died', message: 'boom' });
  await loading;
  await assert.rejects(pool.decode(job(1)), /does not start/);
  assert.equal(workers.length, 2);
});

test('pool: passes on why the start message failed', async () => {
  const pool = createPool({ spawn: () => new FakeWorker(), start: Promise.reject(new Error('no core')), size: 1 });
  await assert.rejects(pool.call('sha256'), /no core/);
});

test('pool: keeps the earlier decoder when a new one is refused', async () => {
  const { pool, workers } = await setUp();
  const again = pool.load('a', Uint8Array.of(9));
  await turn();
  workers[0].say({ type: 'refused', model: 'a', generation: workers[0].last.generation, message: 'the file is truncated' });
  await assert.rejects(again, /truncated/);
  assert.ok(pool.has('a'));
  pool.decode(job(1));
  await turn();
  workers[0].crash();
  await turn();
  assert.deepEqual([...workers[1].of('load')[0].bytes], [1]);
});

test('pool: gives up a model whose loading ends two workers, and goes on with the others', async () => {
  const { pool, workers } = await setUp();
  const big = assert.rejects(pool.load('big', Uint8Array.of(9)), /cannot load this model: no memory/);
  const early = assert.rejects(pool.decode(job(1, { model: 'big' })), /cannot load this model/);
  await turn();
  for (const at of [0, 1]) {
    workers[at].say({ type: 'died', message: 'no memory' });
    await turn();
    workers[at + 1].say({ type: 'started' });
    workers[at + 1].say({ type: 'loaded', model: 'a', generation: 1, spec: {} });
    await turn();
  }
  await Promise.all([big, early]);
  assert.equal(workers.length, 3);
  assert.deepEqual(workers[2].of('load').map(({ model }) => model), ['a']);
  assert.ok(!pool.has('big'));
  const good = pool.decode(job(5));
  await turn();
  workers[2].answer();
  assert.deepEqual([...(await good)], [5, 5]);
});

test('pool: does with fewer workers when one more cannot load what the others have', async () => {
  const { pool, workers } = await setUp({ size: 2 });
  const all = Array.from({ length: 5 }, (_, i) => pool.decode(job(i)));
  await turn();
  for (const at of [1, 2]) {
    workers[at].say({ type: 'started' });
    workers[at].say({ type: 'died', message: 'no memory' });
    await turn();
  }
  assert.equal(workers.length, 3);
  for (let i = 0; i < 5; i += 1) {
    workers[0].answer();
    await turn();
  }
  assert.deepEqual((await Promise.all(all)).map(([pixel]) => pixel), [0, 1, 2, 3, 4]);
  assert.equal(pool.workers(), 1);
});

test('pool: a further worker that never starts is done without', async () => {
  const { pool, workers } = await setUp({ size: 2 });
  const all = Array.from({ length: 4 }, (_, i) => pool.decode(job(i)));
  await turn();
  for (const at of [1, 2]) {
    workers[at].crash('no memory');
    await turn();
  }
  assert.equal(workers.length, 3);
  for (let i = 0; i < 4; i += 1) {
    workers[0].answer();
    await turn();
  }
  assert.deepEqual((await Promise.all(all)).map(([pixel]) => pixel), [0, 1, 2, 3]);
});

test('pool: a worker that refuses what others have taken gets no work', async () => {
  const { pool, workers } = await setUp({ size: 2 });
  const all = Array.from({ length: 4 }, (_, i) => pool.decode(job(i)));
  await turn();
  workers[1].say({ type: 'started' });
  workers[1].say({ type: 'refused', model: 'a', generation: 1, message: 'out of memory' });
  await turn();
  assert.ok(workers[1].terminated);
  for (let i = 0; i < 4; i += 1) {
    workers[0].answer();
    await turn();
  }
  assert.deepEqual((await Promise.all(all)).map(([pixel]) => pixel), [0, 1, 2, 3]);
  assert.equal(pool.workers(), 1);
});

test('pool: closing rejects what is under way', async () => {
  const { pool } = await setUp();
  const running = assert.rejects(pool.decode(job(1)), /closed/);
  await turn();
  pool.close();
  await running;
});

test('pool: a call that ends a worker is not blamed on the batch behind it', async () => {
  const { pool, workers } = await setUp();
  const bad = assert.rejects(pool.call('encode'), /stopped twice: boom/);
  const good = pool.decode(job(8));
  await turn();
  await crashInto(workers, 1);
  await crashInto(workers, 2);
  await bad;
  workers[2].answer();
  assert.deepEqual([...(await good)], [8, 8]);
});

test('pool: refuses a model that was never loaded', async () => {
  const { pool } = await setUp();
  await assert.rejects(pool.decode(job(1, { model: 'zzz' })), /zzz is not loaded/);
});

test('pool: answers calls, and asks a new worker when the first died', async () => {
  const { pool, workers } = await setUp();
  const good = pool.call('randomLatent', 1, 2);
  const bad = assert.rejects(pool.call('linkModel', '!'), /not base64url/);
  await turn();
  const [first, second] = workers[0].of('call');
  assert.deepEqual(first.args, [1, 2]);
  workers[0].say({ type: 'answer', number: second.number, error: 'it is not base64url' });
  await bad;
  workers[0].crash();
  await turn();
  begin(workers[1]);
  workers[1].say({ type: 'answer', number: first.number, value: 'x' });
  assert.equal(await good, 'x');
});
