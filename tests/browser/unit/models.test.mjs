// The models of a site: which go together, and how often their files are fetched.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { afterEach } from 'node:test';

import { createModels } from '../../../web/models.mjs';

const realFetch = globalThis.fetch;
afterEach(() => (globalThis.fetch = realFetch));

const content = Buffer.from('weights');
const file = (path) => ({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });

const SPEC = { height: 28, width: 28, channels: 1, latent: 8, switches: 0, classes: 3 };
const model = (id, spec = {}, rest = {}) => ({
  id, name: id, title: id, current: true, spec: { ...SPEC, ...spec }, decoder: file(`${id}.decoder`), encoder: file(`${id}.encoder`), discriminator: null, ...rest,
});

/** createModels() over `list`, with a pool that does what `on` says and notes its calls. */
function open(list, on = {}) {
  const called = [];
  const fetched = [];
  globalThis.fetch = async (path) => {
    fetched.push(path);
    return new Response(content);
  };
  const pool = {
    load: async (id) => list.find((each) => each.id === id).spec,
    has: () => true,
    call: async (method, ...args) => {
      called.push(method);
      return on[method]?.(...args);
    },
  };
  const progress = { of: () => () => {} };
  return { called, fetched, models: createModels({ manifest: { models: list, default: list[0].id }, pool, progress }) };
}

const ids = (models) => models.map(({ id }) => id);

test('models: those that share latents and classes are compared, those of the same pictures are shown one', () => {
  const { models } = open([
    model('first'),
    model('alike'),
    model('larger', { height: 32, width: 32 }),
    model('turned', { height: 56, width: 14 }),
    model('colour', { channels: 3 }),
    model('latent', { latent: 9 }),
    model('classes', { classes: 4 }),
    model('earlier', {}, { current: false }),
  ]);
  assert.deepEqual(ids(models.comparable('first')), ['first', 'alike', 'larger', 'turned', 'colour']);
  assert.deepEqual(ids(models.readers('first')), ['alike']);
  assert.deepEqual(ids(models.readers('larger')), []);
  assert.deepEqual(ids(models.comparable('earlier')), ['first', 'alike', 'larger', 'turned', 'colour', 'earlier']);
});

test('models: a picture that cannot be read leaves the encoder where it is', async () => {
  let fails = true;
  const { called, fetched, models } = open([model('first')], {
    encode() {
      if (fails) throw new Error('the pixels are 0 values, not 784');
      return 'read';
    },
  });
  await assert.rejects(models.encode('first', new Uint8Array(), -1), /0 values, not 784/);
  fails = false;
  assert.equal(await models.encode('first', new Uint8Array(784), -1), 'read');
  assert.deepEqual(called.filter((method) => method === 'loadRole'), ['loadRole']);
  assert.deepEqual(fetched, ['first.decoder', 'first.encoder']);
  assert.deepEqual(models.loadedFiles(), ['first.decoder', 'first.encoder']);
});

test('models: a worker that is new is given the encoder again, once', async () => {
  let missing = 1;
  const { called, models } = open([model('first')], {
    encode() {
      missing -= 1;
      if (missing >= 0) throw new Error('not loaded');
      return 'read';
    },
  });
  assert.equal(await models.encode('first', new Uint8Array(784), -1), 'read');
  assert.deepEqual(called.filter((method) => method === 'loadRole'), ['loadRole', 'loadRole']);
  missing = 2;
  await assert.rejects(models.encode('first', new Uint8Array(784), -1), /not loaded/);
});
