// Links that someone chose: the gallery, the page of each for link previews, and the playground with the same pixels.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { changed, openProfile, pixelsHash, settled, visitSite } from '../browser.mjs';
import { SCREENSHOTS, SITE, decodeUnderNode, sha256 } from '../site.mjs';

const site = visitSite(SITE);
const NAME = /^picture-[0-9a-f]{8}\.html$/;

test('gallery: from the playground to the gallery, to a picture, to the playground with its pixels', async () => {
  const { page, server, profile } = site;
  const before = await pixelsHash(page);
  await page.click('#gallery-link');
  await page.waitForSelector('.cards img');
  assert.equal(await page.title(), 'Gallery · AVAE');
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width} px: nothing to scroll sideways`);
    if (SCREENSHOTS) await page.screenshot({ path: path.join(SCREENSHOTS, `gallery-${width}.png`) });
  }
  const cards = await page.$$eval('.cards a', (links) => links.map((link) => [link.getAttribute('href'), link.textContent]));
  assert.ok(cards.length >= 6);
  for (const [href, title] of cards) {
    assert.match(href, NAME);
    assert.ok(title);
  }
  await page.click('.cards a >> nth=1');
  await page.waitForURL(/#AQ/); // the preview's page hands on by itself, and is no step of the history
  await settled(page);
  const link = new URL(page.url()).hash.slice(1);
  const { pixels } = await decodeUnderNode(link);
  assert.equal(await changed(page, before), sha256(pixels));
  await page.goBack();
  await page.waitForSelector('.cards img');
  assert.ok(page.url().endsWith('gallery.html'));
  assert.deepEqual(profile.faults, []);
  await page.goto(server.url);
  await settled(page);
});

test('gallery: every link opens with the pixels that its card shows, and previews read each page without scripts', async () => {
  const html = readFileSync(path.join(SITE, 'gallery.html'), 'utf8');
  const names = [...html.matchAll(/href="(picture-[0-9a-f]{8}\.html)"/g)].map(([, name]) => name);
  assert.ok(names.length >= 6);
  const reader = await openProfile(site.server.origin, { javaScriptEnabled: false });
  try {
    for (const name of names) {
      await reader.page.goto(site.server.url + name);
      const title = await reader.page.textContent('h1');
      assert.equal(await reader.page.getAttribute('meta[property="og:title"]', 'content'), `${title} · AVAE`);
      assert.equal(await reader.page.$eval('main img', (image) => image.complete && image.naturalWidth), 1200);
      const link = (await reader.page.getAttribute('#open', 'href')).split('#')[1];
      assert.equal(await site.page.evaluate((text) => avae.open(text).then(({ ok }) => ok), link), true, title);
      assert.equal(await pixelsHash(site.page), sha256((await decodeUnderNode(link)).pixels), title);
    }
  } finally {
    await reader.close();
  }
});

test('gallery: on a phone it is reached from the share dialog', async () => {
  const phone = await openProfile(site.server.origin, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  try {
    await phone.page.goto(site.server.url);
    await settled(phone.page);
    assert.equal(await phone.page.isVisible('#gallery-link'), false);
    await phone.page.tap('.share-tab');
    await phone.page.tap('#gallery-too a');
    await phone.page.waitForSelector('.cards img');
  } finally {
    await phone.close();
  }
});
