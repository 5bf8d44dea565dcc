// Links that were given out once: they open for ever, with the pixels they had then.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { pixelsHash, visitSite } from '../browser.mjs';
import { SITE, decodeUnderNode, openNatively, readManifest } from '../site.mjs';

const OPENED = JSON.parse(readFileSync(new URL('../../golden/opened.json', import.meta.url), 'utf8'));
const site = visitSite(SITE);

test('golden: every link opens in the page with its pixels, and is copied as it came', async () => {
  for (const { link, sha256: hash } of OPENED) {
    const { ok, message } = await site.page.evaluate((text) => avae.open(text), link);
    assert.ok(ok, `${message} ${link}`);
    assert.equal(await pixelsHash(site.page), hash, link);
    assert.equal(await site.page.evaluate(() => avae.link()), link);
  }
});

test('golden: the program draws them too, no value more than a step of 255 away', async () => {
  for (const { link } of OPENED) {
    const node = await decodeUnderNode(link);
    const steps = openNatively(link, node).map((value, i) => Math.abs(value - node.pixels[i]));
    assert.ok(Math.max(...steps) <= 1, link);
  }
});

test('golden: each model of the site has such links', () => {
  const linked = new Set(OPENED.map(({ link }) => Buffer.from(link, 'base64url').subarray(3, 11).toString('hex')));
  assert.deepEqual(readManifest().models.map(({ id }) => id).filter((id) => !linked.has(id)), [], 'run tests/golden/opened.mjs');
});
