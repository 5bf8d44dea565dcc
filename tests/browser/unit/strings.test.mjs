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

const GALLERY = read('web/gallery.txt').trim().split('\n').map((line) => line.slice(line.indexOf(' ') + 1));

const joined = (source) => source.replace(/"\s*\n\s*"/g, ''); // literals on several lines
/** Texts that C++ passes to tr(). */
const NATIVE = ['shared/playground', 'native/playground'].flatMap((folder) => filesIn(folder, /\.cpp$/));
const native = NATIVE.flatMap((file) => {
  const source = joined(read(file));
  const direct = [...source.matchAll(/\btr\("([^"]+)"/g)].map(([, text]) => text);
  const chosen = [...source.matchAll(/\btr\([^()"]*\? "([^"]+)" : "([^"]+)"/g)].flatMap(([, a, b]) => [a, b]);
  const tabs = [...source.matchAll(/View::k\w+, "view-\w+", "(\w+)"/g)].map(([, text]) => text);
  return [...direct, ...chosen, ...tabs];
});

/** Texts of the page, of the gallery and of the panels that bring their own elements: what stands between tags, and labels. */
const html = [...['web/index.html', 'web/gallery.html'].map((file) => read(file).replace(/<(script|style)[\s\S]*?<\/\1>|<p class="stuck">.*<\/span><\/p>/g, '')), ...['web/draw.mjs', 'web/share.mjs'].map((file) => read(file).split('const PANEL = `')[1].split('`;')[0])].flatMap((source) => [
  ...[...source.matchAll(/>([^<>]*[A-Za-z]{2}[^<>]*)</g)].map(([, text]) => text.trim().replace(/\s+/g, ' ')),
  ...[...source.matchAll(/(?:aria-label|title|placeholder)="([^"]+)"/g)].map(([, text]) => text),
]).filter((text) => !/AVAE( playground)?$|\{\{/.test(text));

/** Sentences of errors, with their parts in braces. */
const OURS = ['main', 'picture-file', 'models', 'codec', 'draw', 'files', 'pool', 'playground', 'manifest', 'ui', 'ui-renderer', 'share', 'header', 'describe', 'a11y'];
const sentences = OURS.flatMap((name) => {
  const source = read(`web/${name}.mjs`);
  return [...source.matchAll(/\b(?:PageError|fault|say|t)\((?:'([^']+)'|`([^`]+)`)(?:, '([^']+)')?/g)].flatMap(([, plain, filled, next]) => [plain ?? filled, next]);
}).filter((text) => text && /^[A-Z{$].*[a-z]/.test(text));
/** What is wrong with a manifest: a part of a sentence. */
const faults = [...read('web/manifest.mjs').matchAll(/(?:\bfault|refuse)\((?:'([^']+)'|`([^`]+)`)|(?:where|[.]\w+`|'default'), '([^']+)'\)/g)].map(([, plain, filled, what]) => plain ?? filled ?? `here is 3, not ${what}`);

/** The first argument of a call, from behind its bracket. */
function firstArgument(source) {
  let depth = 0;
  let quoted = false;
  for (let at = 0; ; at += 1) {
    if (source[at] === '"') quoted = !quoted;
    if (quoted) continue;
    if (depth === 0 && /[,)]/.test(source[at])) return source.slice(0, at);
    depth += { '(': 1, ')': -1 }[source[at]] ?? 0;
  }
}

/** What is wrong with a link, as the core says it, `{}` for numbers. */
const linkFaults = [...joined(read('shared/latent/link.cpp')).split('return bad(').slice(1), ...joined(read('shared/model/base64url.cpp')).split('return fail(').slice(1)]
  .map((rest) => [firstArgument(rest), /^[^;]*not base64url",\s*"([^"]+)"/.exec(rest)?.[1]])
  .filter(([what]) => what.includes('"'))
  .map(([what, hint]) => {
    const parts = what.split(/ \+ (?![^(]*\))/).map((part) => (part === 'who' ? 'section {}' : part.startsWith('"') ? part.slice(1, -1) : '{}'));
    return parts.join('') + (hint ? `: ${hint}` : '');
  });
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

test('strings: the page of a picture has both languages, which it cannot choose from without scripts', () => {
  const both = [...read('web/preview.html').matchAll(/>([\w ]+) <span lang="zh">([^<]+)</g)];
  assert.equal(both.length, 2);
  for (const [, english, chinese] of both) assert.equal(CATALOGUE[english], chinese);
  assert.match(read('web/index.html'), /<p class="stuck">The page has not started.+<span lang="zh">页面尚未启动.+<\/span><\/p>/);
});

test('strings: names that models and pictures have are in the catalogue', () => {
  assert.ok(DIRECTIONS.length >= 4);
  assert.equal(GALLERY.length, 8);
  assert.deepEqual([...FASHION, ...DIRECTIONS, ...GALLERY].filter((text) => !Object.hasOwn(CATALOGUE, text)), []);
});

test('strings: errors are found with their parts filled in', () => {
  const said = sentences.map(asRead);
  assert.ok(said.length > 30, `${said.length} sentences found`);
  const missing = said.filter((text) => inChinese(text) === text && !Object.hasOwn(CATALOGUE, text));
  // What only a publisher can meet, in words that name fields of a file.
  const forPublishers = /no discriminator|not loaded|was closed/;
  assert.deepEqual(missing.filter((text) => !forPublishers.test(text)), []);
  assert.ok(faults.length > 25, `${faults.length} faults found`);
  assert.deepEqual(faults.map(asRead).filter((text) => inChinese(text) === text), []);
  assert.match(inChinese("The site's manifest is damaged: models[0].id is \"abc\", not 16 hex digits."), /^站点的清单已损坏：models\[0\]\.id 是 "abc"，应为16 位十六进制数。$/);
  assert.ok(linkFaults.length > 30, `${linkFaults.length} faults found`);
  assert.deepEqual(linkFaults.map((text) => text.replaceAll('{}', '7')).filter((text) => inChinese(text) === text), []);
  assert.equal(
    inChinese('This link cannot be opened: its model 0123 is not on this site.'),
    '无法打开此链接：本站没有它的模型 0123。',
  );
});

test('strings: nothing in the catalogue is unused, and placeholders are kept', () => {
  const unnamed = (key) => key.replace(/\{\w+\}/g, '{}');
  const everything = [...NATIVE, ...filesIn('web', /\.(mjs|html)$/)].map((file) => joined(read(file))).join('\n').replace(/\s+/g, ' ');
  const uses = everything.replace(/\$\{[^}]*\}/g, '{}');
  const known = (key) => [...FASHION, ...DIRECTIONS, ...GALLERY].includes(key) || uses.includes(key) || uses.includes(unnamed(key)) || linkFaults.includes(unnamed(key));
  const parts = (text) => (text.match(/\{\w*\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(CATALOGUE)) assert.deepEqual(parts(text), parts(key), key);
  const composed = /^(Fetching|Loading$|Learning now)|^\{name\} has|thing/; // put together from parts
  assert.deepEqual(Object.keys(CATALOGUE).filter((key) => !known(key) && !composed.test(key)), []);
});

test('strings: English is as it is written', () => {
  setStrings(null);
  assert.equal(t('Loading {loaded} of {total}', { loaded: '1 kB', total: '2 kB' }), 'Loading 1 kB of 2 kB');
  assert.equal(t('anything'), 'anything');
});
