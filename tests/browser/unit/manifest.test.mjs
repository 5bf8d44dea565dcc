import assert from 'node:assert/strict';
import test from 'node:test';

import { isSitePath, parseManifest, siteFile } from '../../../web/manifest.mjs';

const HASH = '0123456789abcdef'.repeat(4);
const ID = HASH.slice(0, 16);

const good = () => ({
  version: 1,
  default: ID,
  live: null,
  base_url: '',
  models: [
    {
      id: ID,
      name: 'fashion-avae',
      title: 'Fashion',
      objective: 'avae',
      current: true,
      spec: { version: 1, name: 'fashion-avae', height: 28, width: 28, channels: 1, latent: 32, classes: 2, class_names: ['Bag', 'Coat'] },
      decoder: { path: `models/${ID}.decoder.safetensors`, bytes: 10, sha256: HASH },
      encoder: null,
      discriminator: null,
    },
  ],
  files: [{ path: 'core-01234567.wasm', bytes: 5, sha256: HASH }],
});

/** [what is wrong, how to make it so, what the message names] */
const BAD = [
  ['a list', () => [], /the manifest is not an object/],
  ['null', () => null, /the manifest is not an object/],
  ['no version', (m) => delete m.version, /version is undefined/],
  ['a version as text', (m) => (m.version = '1'), /version is "1"/],
  ['a newer version', (m) => (m.version = 2), /made by a newer avae/],
  ['no models', (m) => delete m.models, /models is not a list/],
  ['an empty list of models', (m) => (m.models = []), /models is empty/],
  ['a model that is text', (m) => (m.models[0] = 'x'), /models\[0\] is not an object/],
  ['a short id', (m) => (m.models[0].id = 'abc'), /models\[0\]\.id is "abc", not 16 hex digits/],
  ['an id in capitals', (m) => (m.models[0].id = ID.toUpperCase()), /not 16 hex digits/],
  ['an id of another file', (m) => (m.models[0].id = '0'.repeat(16)), /not the start of its decoder's sha256/],
  ['the same id twice', (m) => m.models.push(m.models[0]), /two models have the id/],
  ['no default', (m) => delete m.default, /default is undefined/],
  ['a default that no model has', (m) => (m.default = 'f'.repeat(16)), /which no model has/],
  ['a bad name', (m) => (m.models[0].name = 'Fashion AVAE'), /name is "Fashion AVAE"/],
  ['current as a number', (m) => (m.models[0].current = 1), /current is 1, not true or false/],
  ['no decoder', (m) => (m.models[0].decoder = null), /decoder is not an object/],
  ['a decoder elsewhere', (m) => (m.models[0].decoder.path = 'https://example.com/x'), /not a path inside the site/],
  ['a decoder at the root', (m) => (m.models[0].decoder.path = '/etc/passwd'), /not a path inside the site/],
  ['a decoder above the site', (m) => (m.models[0].decoder.path = 'models/../../x'), /not a path inside the site/],
  ['a decoder with a query', (m) => (m.models[0].decoder.path = 'models/x?y'), /not a path inside the site/],
  ['a decoder of no bytes', (m) => (m.models[0].decoder.bytes = 0), /decoder\.bytes is 0/],
  ['a decoder of half a byte', (m) => (m.models[0].decoder.bytes = 1.5), /decoder\.bytes is 1\.5/],
  ['a hash that is too short', (m) => (m.models[0].decoder.sha256 = ID), /sha256 is .*, not 64 hex digits/],
  ['an encoder without a hash', (m) => (m.models[0].encoder = { path: 'a', bytes: 1 }), /encoder\.sha256 is undefined/],
  ['a realism that falls', (m) => Object.assign(m.models[0], { discriminator: m.models[0].decoder, realism: { scale: -1, offset: 0 } }), /realism\.scale is -1/],
  ['an opening that is no link', (m) => (m.models[0].opening = '#x'), /opening is "#x", not a link/],
  ['no spec', (m) => delete m.models[0].spec, /spec is not an object/],
  ['a spec of a newer version', (m) => (m.models[0].spec.version = 9), /spec\.version is 9/],
  ['pictures too small', (m) => (m.models[0].spec.height = 2), /height is 2, not a whole number from 4 to 256/],
  ['pictures too wide', (m) => (m.models[0].spec.width = 1e9), /width is 1000000000/],
  ['two channels', (m) => (m.models[0].spec.channels = 2), /channels is 2, not 1 or 3/],
  ['no latent', (m) => (m.models[0].spec.latent = 0), /latent is 0/],
  ['one class', (m) => Object.assign(m.models[0].spec, { classes: 1, class_names: [] }), /classes is 1/],
  ['a class without a name', (m) => m.models[0].spec.class_names.pop(), /has 1 names for 2 classes/],
  ['a class whose name is a number', (m) => (m.models[0].spec.class_names[1] = 7), /class_names\[1\] is 7/],
  ['a live file elsewhere', (m) => (m.live = '//example.com/live.json'), /live is .* not a path inside the site/],
  ['a base_url that is a number', (m) => (m.base_url = 5), /base_url is 5/],
  ['no files', (m) => delete m.files, /files is not a list/],
  ['a file without a size', (m) => delete m.files[0].bytes, /files\[0\]\.bytes is undefined/],
  ['a compressed file larger than the plain one', (m) => (m.files[0].gzip_bytes = 6), /files\[0\]\.gzip_bytes is 6/],
  ['the same file twice', (m) => m.files.push(m.files[0]), /two files have the path core-01234567\.wasm/],
];

test('manifest: reads a good one', () => {
  const manifest = parseManifest(JSON.stringify(good()));
  assert.equal(manifest.models[0].title, 'Fashion');
  assert.equal(siteFile(manifest, 'core.wasm').path, 'core-01234567.wasm');
});

for (const [what, spoil, message] of BAD) {
  test(`manifest: refuses ${what}`, () => {
    const manifest = good();
    const spoilt = spoil.length === 0 ? spoil() : (spoil(manifest), manifest);
    assert.throws(() => parseManifest(JSON.stringify(spoilt)), (error) => message.test(error.message) && error.next !== '');
  });
}

test('manifest: refuses text that is not JSON, or is endless', () => {
  assert.throws(() => parseManifest('<!doctype html>'), /it is not JSON/);
  assert.throws(() => parseManifest(JSON.stringify(good()).slice(0, -1)), /it is not JSON/);
  assert.throws(() => parseManifest(' '.repeat((4 << 20) + 1)), /longer than 4 MiB/);
});

test('manifest: names a file that the site lacks', () => {
  assert.throws(() => siteFile(parseManifest(JSON.stringify(good())), 'ui.wasm'), /lacks ui\.wasm/);
});

test('manifest: a site path is relative and plain', () => {
  for (const path of ['a', 'models/a.b', 'live/live.json', 'fonts/inter-regular-01234567.woff2']) assert.ok(isSitePath(path), path);
  for (const path of ['', '/a', 'a/', 'a//b', '../a', 'a/..', 'a/./b', '.a', 'a\\b', 'a:b', 'a b', 'a#b', 'a%2e', 7, null]) {
    assert.ok(!isSitePath(path), String(path));
  }
});
