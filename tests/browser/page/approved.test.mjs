// The page as somebody looked at it and found it good. AVAE_APPROVE=1 takes what it looks like now in its place: look at
// every picture in tests/browser/approved/ before you commit it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { PNG } from 'pngjs';

import { openProfile, settled } from '../browser.mjs';
import { SCREENSHOTS, SITE, readManifest } from '../site.mjs';
import { serve } from '../static-server.mjs';

const FOLDER = path.join(import.meta.dirname, '../approved');
const APPROVE = process.env.AVAE_APPROVE === '1';
const SIZES = { 360: { width: 360, height: 740, isMobile: true, hasTouch: true }, 768: { width: 768, height: 1024 }, 1440: { width: 1440, height: 900 } };
const VIEWS = ['shape', 'map', 'draw', 'morph', 'compare', 'own', 'share', 'gallery'];
/** Each view of a sample; then what a visitor without a link sees first, the light colours, and Chinese. */
const VISITS = [
  ...Object.keys(SIZES).map((size) => ({ size, views: VIEWS })),
  ...Object.keys(SIZES).flatMap((size) => [
    { size, name: 'opening', views: [] },
    { size, name: 'light', colorScheme: 'light', views: ['shape', 'compare'] },
    { size, name: 'zh', query: '?lang=zh', views: ['shape', 'draw'] },
  ]),
];
/** Squares of so many pixels are averaged, so that how letters are smoothed does not count. */
const SQUARE = 6;
/** Of 255. */
const SEEN = 14;
/** Part of the squares that may differ by more. */
const MOST = 0.004;

const OPENED = JSON.parse(readFileSync(new URL('../../golden/opened.json', import.meta.url), 'utf8'));

/** A drawing of a T-shirt, light on dark. */
function shirt() {
  const png = new PNG({ width: 112, height: 112 });
  for (let i = 0; i < 112 * 112; i += 1) {
    const [x, y] = [Math.abs((i % 112) - 56), Math.floor(i / 112)];
    const on = (x < 26 && y > 14 && y < 104) || (x < 52 && y > 14 && y < 44 && y > 14 + (x - 26) / 3);
    png.data.set([...Array(3).fill(on && !(x < 10 && y < 22) ? 190 : 0), 255], 4 * i);
  }
  return PNG.sync.write(png);
}

/** What is not a view of its own → brings it up on the page. */
const MORE = {
  async own(page) {
    await page.click('[data-view="draw"]');
    await page.setInputFiles('#draw-file', { name: 'shirt.png', mimeType: 'image/png', buffer: shirt() });
    await page.waitForFunction(() => /^Read as /.test(document.getElementById('draw-status').textContent));
  },
  async share(page) {
    await page.waitForFunction(() => new Promise((resolve) => {
      const { textContent } = document.getElementById('alternative');
      setTimeout(() => resolve(/%/.test(textContent) && textContent === document.getElementById('alternative').textContent), 1000);
    }));
    await page.locator('[data-share]:visible').click();
    await page.waitForSelector('dialog[open]');
    await page.waitForFunction(() => !document.getElementById('share-qr').hidden);
    // The port of the test's own server is another one each time.
    await page.evaluate(() => {
      for (const field of document.querySelectorAll('dialog[open] :is(input, textarea)')) field.value = field.value.replaceAll(/127[.]0[.]0[.]1:[0-9]+/g, 'example.org');
      const code = document.getElementById('share-qr');
      code.getContext('2d').fillRect(0, 0, code.width, code.height);
      getSelection().removeAllRanges();
    });
  },
  async gallery(page) {
    await page.goto(new URL('gallery.html', page.url()).href);
    await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  },
};
let server;
before(async () => (server = await serve(SITE)));
after(() => server?.close());

/** A screenshot that no longer changes. */
async function still(page) {
  let last = null;
  for (let tries = 0; tries < 40; tries += 1) {
    const now = await page.screenshot({ type: 'jpeg', quality: 70, scale: 'css', caret: 'hide' });
    if (last?.equals(now)) return now;
    last = now;
    await page.waitForTimeout(700);
  }
  throw new Error('the page never comes to rest');
}

/** In the page: the part of the squares in which two JPEGs differ, and where most of those are. */
async function difference([a, b, square, seen]) {
  const read = async (base64) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: 'image/jpeg' }));
    const [width, height] = [Math.floor(bitmap.width / square), Math.floor(bitmap.height / square)];
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const means = new Float32Array(width * height * 3);
    for (let y = 0; y < height * square; y += 1) {
      for (let x = 0; x < width * square; x += 1) {
        const to = 3 * (Math.floor(y / square) * width + Math.floor(x / square));
        for (let c = 0; c < 3; c += 1) means[to + c] += data[4 * (y * bitmap.width + x) + c] / square ** 2;
      }
    }
    return { width, height, means };
  };
  const [one, other] = [await read(a), await read(b)];
  if (one.width !== other.width || one.height !== other.height) return { part: 1, where: 'its size' };
  let count = 0;
  const box = [Infinity, Infinity, 0, 0];
  for (let i = 0; i < one.means.length; i += 3) {
    const most = Math.max(...[0, 1, 2].map((c) => Math.abs(one.means[i + c] - other.means[i + c])));
    if (most <= seen) continue;
    count += 1;
    const [x, y] = [(i / 3) % one.width, Math.floor(i / 3 / one.width)];
    box.splice(0, 4, Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1));
  }
  return { part: (3 * count) / one.means.length, where: `within ${box.map((value) => value * square).join(' ')}` };
}

for (const { size, name = '', colorScheme = 'dark', query = '', views } of VISITS) {
  test(`approved: ${name || 'every view'} at ${size} px, two pixels to each`, async () => {
    const { width, height, ...options } = SIZES[size];
    const profile = await openProfile(server.origin, {
      viewport: { width, height }, deviceScaleFactor: 2, colorScheme, reducedMotion: 'reduce', ...options,
    });
    const unlike = [];
    /** Compares what is on show with what was approved as `view`. */
    const compare = async (page, view) => {
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.activeElement.blur());
      const now = await still(page);
      const file = path.join(FOLDER, `${view}-${size}.jpg`);
      if (APPROVE) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, now);
        return;
      }
      if (SCREENSHOTS) writeFileSync(path.join(SCREENSHOTS, `${view}-${size}.jpg`), now);
      if (!existsSync(file)) {
        unlike.push(`${view}: there is no ${file}`);
        return;
      }
      const { part, where } = await page.evaluate(difference, [readFileSync(file).toString('base64'), now.toString('base64'), SQUARE, SEEN]);
      if (part > MOST) unlike.push(`${view}: ${(100 * part).toFixed(1)} % of the picture differ, ${where}`);
    };
    try {
      const { page } = profile;
      const { default: id } = readManifest();
      const { link } = OPENED.find((each) => Buffer.from(each.link, 'base64url').subarray(3, 11).toString('hex') === id);
      await page.goto(`${server.url}${query}${views.length > 0 ? `#${link}` : ''}`);
      await settled(page);
      await page.waitForFunction(() => /%/.test(document.getElementById('alternative').textContent)); // how real it looks
      if (views.length === 0) await compare(page, name);
      for (const view of views) {
        const tab = page.locator(`[data-view="${view}"]`);
        if (!MORE[view] && !(await tab.isVisible())) continue;
        await (MORE[view]?.(page) ?? tab.click());
        await compare(page, name ? `${name}-${view}` : view);
      }
      assert.deepEqual(unlike, []);
      assert.deepEqual(profile.faults, []);
    } finally {
      await profile.close();
    }
  });
}
