import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';

import { assemble } from '../../../web/assemble.mjs';
import { mainClass, oneClass } from '../../../web/codec.mjs';
import { describeMix, describeSample } from '../../../web/describe.mjs';
import { fetchFile, sha256Hex } from '../../../web/files.mjs';
import { describeLive, parseLive } from '../../../web/live.mjs';
import { createProgress, formatBytes } from '../../../web/progress.mjs';
import { t } from '../../../web/strings.mjs';

const bytes = (text) => Buffer.from(text);
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

test('words: a sample is named by its classes, its number and its model', () => {
  const names = ['Bag', 'Coat'];
  assert.equal(describeSample({ mix: [0, 255], names, number: 1, model: 'fashion-avae' }), 'Coat, sample 1 of fashion-avae');
  assert.equal(describeSample({ mix: [], names: [], number: 3, model: 'faces' }), 'Sample 3 of faces');
  assert.equal(describeSample({ mix: [], names: [], number: 3, model: 'faces', keyframes: 2 }), 'Sample 3 of faces, keyframes: 2');
  assert.equal(describeMix([64, 192], names), '75 % Coat, 25 % Bag');
  assert.equal(describeMix([0, 1, 0], []), 'class 1');
});

test('words: the learning badge counts epochs and images', () => {
  assert.equal(describeLive({ epoch: 3, images_seen: 180000 }, t), 'learning: epoch 3, 180\u202f000 images');
  assert.equal(describeLive({ epoch: 0.126, images_seen: 7550 }, t), 'learning: epoch 0.1, 7\u202f550 images');
  assert.equal(describeLive({ epoch: 5, images_seen: 999, done: true }, t), 'learned: epoch 5, 999 images');
});

test('classes: one class and the strongest one', () => {
  assert.deepEqual([...oneClass(3, 1)], [0, 255, 0]);
  assert.deepEqual([...oneClass(0, 1)], []);
  assert.equal(mainClass([3, 9, 9]), 1);
  assert.equal(mainClass([]), -1);
});

test('progress: counts the bytes of what is announced, also those that came before, and never goes back', () => {
  const seen = [];
  const progress = createProgress(({ loaded, total, part }) => seen.push([loaded, total, part]));
  progress.of('b')(10);
  progress.of('kept')(7);
  assert.deepEqual(seen, []);
  progress.expect([{ path: 'a', bytes: 80 }, { path: 'b', bytes: 20 }]);
  progress.of('a')(40);
  progress.expect([{ path: 'a', bytes: 80 }, { path: 'c', bytes: 120 }]);
  progress.of('c')(130);
  assert.deepEqual(seen, [[10, 100, 0.1], [50, 100, 0.5], [40, 200, 0.5], [160, 200, 0.8]]);
  progress.expect([]);
  assert.deepEqual(seen.at(-1), [0, 0, 1]);
  assert.deepEqual([999, 1000, 40960, 999_499, 1_234_567].map(formatBytes), ['999 B', '1 kB', '41 kB', '999 kB', '1.2 MB']);
});

test('live: reads live.json and looks for its decoder beside it', () => {
  const live = { version: 1, step: 9, epoch: 3, images_seen: 180000, decoder: 'decoder-9.safetensors', sha256: 'a'.repeat(64), bytes: 5 };
  assert.equal(parseLive(JSON.stringify(live), 'live/live.json').decoder.path, 'live/decoder-9.safetensors');
  assert.equal(parseLive(JSON.stringify({ ...live, done: true }), 'live.json').done, true);
  assert.equal(parseLive(JSON.stringify({ ...live, epoch: 1.3418803418803418 }), 'live.json').epoch, 1.3418803418803418);
  for (const bad of [{ version: 2 }, { decoder: '../x' }, { decoder: 'a/b' }, { sha256: 'x' }, { bytes: 0 }, { epoch: -1 }, { step: '9' }]) {
    assert.equal(parseLive(JSON.stringify({ ...live, ...bad }), 'live/live.json'), null, JSON.stringify(bad));
  }
  assert.equal(parseLive('{"version":1', 'live/live.json'), null);
});

test('files: sha256Hex uses the fallback where the browser has no crypto', async () => {
  assert.equal(await sha256Hex(bytes('abc')), sha256('abc'));
});

async function withFetch(answers, action) {
  const before = globalThis.fetch;
  const asked = [];
  globalThis.fetch = async (path, init) => {
    asked.push(`${path} ${init?.cache ?? ''}`.trim());
    return answers.shift()();
  };
  try {
    await action();
  } finally {
    globalThis.fetch = before;
  }
  return asked;
}
const file = { path: 'x.bin', bytes: 3, sha256: sha256('abc') };

test('files: a file with the right bytes is counted and returned', async () => {
  let got = 0;
  await withFetch([() => new Response('abc')], async () => {
    assert.deepEqual(Buffer.from(await fetchFile(file, { onBytes: (count) => (got += count) })), bytes('abc'));
  });
  assert.equal(got, 3);
});

test('files: damaged bytes are asked for once more, past the caches', async () => {
  const asked = await withFetch([() => new Response('abX'), () => new Response('abc')], async () => {
    assert.equal((await fetchFile(file)).length, 3);
  });
  assert.deepEqual(asked, ['x.bin', 'x.bin reload']);
});

const packed = { path: 'long.bin', bytes: 30_000, sha256: sha256('abc'.repeat(10_000)), gzipBytes: 100 };
const plain = () => new Response('abc'.repeat(10_000));
const gzipped = () => new Response(gzipSync('abc'.repeat(10_000)));

test('files: a compressed file is counted as it travels, and unpacked for the caller and for its copy', async () => {
  let got = 0;
  let copy = null;
  const asked = await withFetch([gzipped], async () => {
    const onBody = (stream) => (copy = new Response(stream).arrayBuffer());
    const whole = await fetchFile(packed, { onBytes: (count) => (got += count), onBody });
    assert.deepEqual(Buffer.from(whole), bytes('abc'.repeat(10_000)));
  });
  assert.deepEqual(asked, ['long.bin.gz']);
  assert.equal(got, packed.gzipBytes);
  assert.equal(Buffer.from(await copy).toString(), 'abc'.repeat(10_000));
});

test('files: what a host has made the browser unpack is taken as it is', async () => {
  await withFetch([plain], async () => assert.equal((await fetchFile(packed)).length, 30_000));
});

const WRONG = {
  'cut off': () => new Response(gzipSync('abc'.repeat(10_000)).subarray(0, 20)),
  altered: () => new Response(gzipSync('abX'.repeat(10_000))),
  'too long': () => new Response(gzipSync('abc'.repeat(10_001))),
  empty: () => new Response(''),
};
for (const [what, wrong] of Object.entries(WRONG)) {
  test(`files: a compressed file that is ${what} is asked for past the caches, then fetched plain`, async () => {
    const fetched = async () => assert.equal((await fetchFile(packed)).length, 30_000);
    assert.deepEqual(await withFetch([wrong, gzipped], fetched), ['long.bin.gz', 'long.bin.gz reload']);
    assert.deepEqual(await withFetch([wrong, wrong, plain], fetched), ['long.bin.gz', 'long.bin.gz reload', 'long.bin']);
  });
}

const ABSENT = { missing: () => new Response('no', { status: 404 }), 'out of reach': () => Promise.reject(new TypeError('x')) };
for (const [what, answer] of Object.entries(ABSENT)) {
  test(`files: a compressed file that is ${what} is fetched plain instead`, async () => {
    let got = 0;
    const asked = await withFetch([answer, plain], async () => {
      assert.equal((await fetchFile(packed, { onBytes: (count) => (got += count) })).length, 30_000);
    });
    assert.deepEqual(asked, ['long.bin.gz', 'long.bin']);
    assert.equal(got, packed.gzipBytes);
  });
}

test('files: refuses a file of which no kind is right, with what is wrong of the plain one', () =>
  withFetch([WRONG.empty, WRONG.empty, () => new Response('abc'), () => new Response('abc')], () =>
    assert.rejects(fetchFile(packed), /long\.bin is not 30000 bytes long/)));

test('assemble: names files by their hash and rewrites references, also through other files', () => {
  const out = assemble(
    new Map([
      ['index.html', bytes('<script src="main.mjs"></script><use href="icons.svg#a">')],
      ['main.mjs', bytes("import './fonts.mjs'; fetch('manifest.json'); new URL('./x.wasm', import.meta.url)")],
      ['fonts.mjs', bytes('url("fonts/a.woff2")')],
      ['fonts/a.woff2', bytes('f')],
      ['icons.svg', bytes('<svg/>')],
      ['x.wasm', bytes('w')],
    ]),
  );
  const hash8 = (data) => sha256(data).slice(0, 8);
  const fonts = `url("fonts/a-${hash8('f')}.woff2")`;
  assert.equal(out.get(`fonts-${hash8(fonts)}.js`).toString(), fonts);
  const main = `import './fonts-${hash8(fonts)}.js'; fetch('manifest.json'); new URL('./x-${hash8('w')}.wasm', import.meta.url)`;
  assert.equal(out.get(`main-${hash8(main)}.js`).toString(), main);
  const page = `<script src="main-${hash8(main)}.js"></script><use href="icons-${hash8('<svg/>')}.svg#a">`;
  assert.equal(out.get('index.html').toString(), page);
});

test('assemble: refuses files that refer to each other in a circle', () => {
  const sources = new Map([['a.mjs', bytes("import './b.mjs'")], ['b.mjs', bytes("import './a.mjs'")]]);
  assert.throws(() => assemble(sources), /circle: a\.mjs → b\.mjs → a\.mjs/);
});
