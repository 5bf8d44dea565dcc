// Same link, same pixels: in a second profile, in the core under node, and natively.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { changed, openProfile, pixelsHash, visit } from '../browser.mjs';
import { decodeUnderNode, openNatively, sha256, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

let server;
let first;
let second;
let url;
let hash;
before(async () => {
  server = await serve(SITE);
  first = await openProfile(server.origin);
  second = await openProfile(server.origin);
  await visit(first.page, server.url);
});
after(async () => {
  await first?.close();
  await second?.close();
  await server?.close();
});

test('share: copies a link, an embed snippet and alternative text', async () => {
  const { page } = first;
  const before_ = await pixelsHash(page);
  await page.evaluate(() => document.getElementById('random').click());
  hash = await changed(page, before_);
  await page.locator('[data-share]:visible').click();
  await page.locator('#share-copy').click();
  await page.waitForFunction(() => document.getElementById('share-copy').textContent === 'Copied');
  url = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(url, `${server.url}#${await page.evaluate(() => avae.link())}`);
  assert.ok(url.split('#')[1].length <= 256, `the link has ${url.split('#')[1].length} characters`);
  await page.locator('#share-copy-embed').click();
  await page.waitForFunction(() => document.getElementById('share-copy-embed').textContent === 'Copied');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^<iframe src="[^"]*\?embed=1&amp;paused=1#[^"]+"/);
  assert.match(await page.locator('#share-text').inputValue(), /sample \d+ of /);
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#share').isHidden());
});

test('share: a second profile shows the same 8-bit pixels', async () => {
  await visit(second.page, url);
  assert.equal(await pixelsHash(second.page), hash);
  assert.equal(`${server.url}#${await second.page.evaluate(() => avae.link())}`, url);
});

test('share: the core under node decodes the same 8-bit pixels', async () => {
  assert.equal(sha256((await decodeUnderNode(url.split('#')[1])).pixels), hash);
});

test('share: blends of classes and random samples are the same under node too', async () => {
  const { page } = second;
  for (let i = 0; i < 5; i += 1) {
    const before_ = await pixelsHash(page);
    await page.evaluate(() => document.getElementById('random').click());
    const now = await changed(page, before_);
    const link = await page.evaluate(() => avae.link());
    assert.equal(sha256((await decodeUnderNode(link)).pixels), now, link);
  }
});

test('share: avae open draws it within one step of 255', async () => {
  const link = url.split('#')[1];
  const node = await decodeUnderNode(link);
  const native = openNatively(link, node);
  const steps = native.map((value, i) => Math.abs(value - node.pixels[i]));
  assert.ok(Math.max(...steps) <= 1, `${steps.filter((step) => step > 1).length} values differ by more, at most by ${Math.max(...steps)}`);
});

test('share: avae.open() and hashchange show a link', async () => {
  const { page } = second;
  const other = await page.evaluate(() => avae.link());
  const otherHash = await pixelsHash(page);
  const answer = await page.evaluate((link) => avae.open(link), url.split('#')[1]);
  assert.deepEqual(answer, { ok: true, message: '' });
  assert.equal(await pixelsHash(page), hash);
  await page.waitForFunction(() => location.hash === `#${avae.link()}`);
  await page.evaluate((link) => (location.hash = link), other);
  assert.equal(await changed(page, hash), otherHash);
});

test('share: the system’s own panel gets the link, and a sentence says where that fails', async () => {
  const third = await openProfile(server.origin, {
    setUp: (context) =>
      context.addInitScript(() => {
        window.outcomes = [null, 'AbortError', 'NotAllowedError'];
        window.handed = [];
        navigator.share = async (data) => {
          window.handed.push(data);
          const fault = window.outcomes.shift();
          if (fault) throw new DOMException('no', fault);
        };
      }),
  });
  try {
    const { page } = third;
    await visit(page, url);
    await page.locator('[data-share]:visible').click();
    for (let i = 0; i < 2; i += 1) {
      await page.locator('#share-native').click();
      assert.ok(await page.isVisible('#share'));
      assert.ok(await page.isHidden('#notice'));
    }
    await page.locator('#share-native').click();
    await page.waitForSelector('#notice:not([hidden])');
    assert.equal(await page.innerText('#notice'), 'The link could not be handed to another app. Copy it instead.');
    assert.ok(await page.isHidden('#share'), 'nothing lies over the sentence');
    const text = await page.locator('#share-text').inputValue();
    assert.deepEqual(await page.evaluate(() => window.handed), Array(3).fill({ title: 'AVAE', text, url }));
    assert.deepEqual(third.faults, []);
  } finally {
    await third.close();
  }
  assert.ok(await first.page.locator('#share-native').isHidden(), 'where the system has none, there is no button');
});

test('share: no faults in either profile', () => {
  assert.deepEqual([...first.faults, ...second.faults], []);
});
