// Every text that a visitor can read is in the catalogue, and the catalogue has no text that nobody reads.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { setStrings, t } from '../../../web/strings.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const filesIn = (folder, pattern) => readdirSync(path.join(ROOT, folder)).filter((name) => pattern.test(name)).map((name) => `${folder}/${name}`);
const CATALOGUE = JSON.parse(read('web/zh.json'));
const FASHION = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];
// Names that `avae atlas` gives directions.
const DIRECTIONS = [...read('native/publish/make_atlas.cpp').matchAll(/\{"([a-z]+)",/g)].map(([, name]) => name);

const joined = (source) => source.replace(/"\s*\n\s*"/g, ''); // literals on several lines
/** Texts that C++ passes to tr(). */
const native = filesIn('shared/playground', /\.cpp$/).flatMap((file) => {
  const source = joined(read(file));
  const direct = [...source.matchAll(/\btr\("([^"]+)"/g)].map(([, text]) => text);
  const chosen = [...source.matchAll(/\btr\([^()"]*\? "([^"]+)" : "([^"]+)"/g)].flatMap(([, a, b]) => [a, b]);
  const tabs = [...source.matchAll(/View::k\w+, "view-\w+", "(\w+)"/g)].map(([, text]) => text);
  return [...direct, ...chosen, ...tabs];
});

/** Texts of the page and of the drawing panel: what stands between tags, and labels. */
const html = [read('web/index.html').replace(/<(script|style)[\s\S]*?<\/\1>/g, ''), read('web/draw.mjs').split('const PANEL = `')[1].split('`;')[0]].flatMap((source) => [
  ...[...source.matchAll(/>([^<>]*[A-Za-z]{2}[^<>]*)</g)].map(([, text]) => text.trim().replace(/\s+/g, ' ')),
  ...[...source.matchAll(/(?:aria-label|title|placeholder)="([^"]+)"/g)].map(([, text]) => text),
]).filter((text) => !/^AVAE( playground)?$/.test(text));

/** Sentences of errors, with their parts in braces. */
const OURS = ['main', 'models', 'codec', 'draw', 'files', 'pool', 'playground', 'manifest', 'ui', 'ui-renderer', 'share', 'header', 'describe', 'a11y'];
const sentences = OURS.flatMap((name) => {
  const source = read(`web/${name}.mjs`);
  return [...source.matchAll(/(?:PageError|fault|say|t)\((?:'([^']+)'|`([^`]+)`)(?:, '([^']+)')?/g)].flatMap(([, plain, filled, next]) => [plain ?? filled, next]);
}).filter((text) => text && /^[A-Z{].*[a-z]/.test(text));
const asRead = (text) => text.replace('${role}', 'encoder').replace(/\$\{[^}]*\}+(?:[^$`]*?\)\})?/g, 'thing');

const inChinese = (text) => {
  setStrings(CATALOGUE);
  return t(text);
};

test('strings: the playground\'s texts are in the catalogue', () => {
  assert.ok(native.length > 60, `${native.length} texts found`);
  assert.deepEqual(native.filter((text) => !Object.hasOwn(CATALOGUE, text)), []);
});

test('strings: the page\'s texts and labels are in the catalogue', () => {
  assert.ok(html.length > 40, `${html.length} texts found`);
  assert.deepEqual(html.filter((text) => !Object.hasOwn(CATALOGUE, text)), []);
});

test('strings: names that models have are in the catalogue', () => {
  assert.ok(DIRECTIONS.length >= 4);
  assert.deepEqual([...FASHION, ...DIRECTIONS].filter((text) => !Object.hasOwn(CATALOGUE, text)), []);
});

test('strings: errors are found with their parts filled in', () => {
  const said = sentences.map(asRead);
  assert.ok(said.length > 30, `${said.length} sentences found`);
  const missing = said.filter((text) => inChinese(text) === text && !Object.hasOwn(CATALOGUE, text));
  // What only a publisher can meet, in words that name fields of a file.
  const forPublishers = /manifest|no discriminator|not loaded|was closed/;
  assert.deepEqual(missing.filter((text) => !forPublishers.test(text)), []);
  assert.equal(
    inChinese('This link cannot be opened: its model 0123 is not on this site.'),
    '无法打开此链接：本站没有它的模型 0123。',
  );
});

test('strings: nothing in the catalogue is unused, and placeholders are kept', () => {
  const everything = [...filesIn('shared/playground', /\.cpp$/), ...filesIn('web', /\.(mjs|html)$/)].map((file) => joined(read(file))).join('\n').replace(/\s+/g, ' ');
  const uses = everything.replace(/\$\{[^}]*\}/g, '{}');
  const known = (key) => [...FASHION, ...DIRECTIONS].includes(key) || uses.includes(key) || uses.includes(key.replace(/\{\w+\}/g, '{}'));
  const parts = (text) => (text.match(/\{\w*\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(CATALOGUE)) assert.deepEqual(parts(text), parts(key), key);
  const composed = /^(learning|learned|Fetching|Loading$|Learning now)|^\{name\} has|thing/; // put together from parts
  assert.deepEqual(Object.keys(CATALOGUE).filter((key) => !known(key) && !composed.test(key)), []);
});

test('strings: English is as it is written', () => {
  setStrings(null);
  assert.equal(t('Loading {loaded} of {total}', { loaded: '1 kB', total: '2 kB' }), 'Loading 1 kB of 2 kB');
  assert.equal(t('anything'), 'anything');
});
