// Pictures to keep: a PNG that holds its link, a morph as an animation and as a sheet, the link as a QR code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import jsQR from 'jsqr';
import { PNG } from 'pngjs';

import { linkOf, readChunks, withLink } from '../../../web/png.mjs';
import { openProfile, visit, visitSite } from '../browser.mjs';
import { readManifest, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

const site = visitSite(SITE);

const { spec } = readManifest().models.find(({ id }) => id === readManifest().default);
const link = () => site.page.evaluate(() => avae.link());

async function openShare() {
  await site.page.click('.share-button');
  await site.page.waitForSelector('#share[open]');
}

/** Presses a button of the share panel. → the bytes and the name of what comes. */
async function saved(id) {
  const [download] = await Promise.all([site.page.waitForEvent('download'), site.page.click(`#${id}`)]);
  return { bytes: readFileSync(await download.path()), name: download.suggestedFilename() };
}

const drop = (bytes, name = 'saved.png') =>
  site.page.evaluate(
    ([content, file]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(content)], file, { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [[...bytes], name],
  );

let picture;
test('save: the sample as a PNG has its pixels, each a square, and its link', async () => {
  await openShare();
  assert.ok(await site.page.isHidden('#save-morph'));
  picture = await saved('save-picture');
  assert.equal(picture.name, 'fashion-avae.png');
  assert.equal(linkOf(picture.bytes), await link());
  const { width, height, data } = PNG.sync.read(picture.bytes);
  const factor = width / spec.width;
  assert.equal(height, factor * spec.height);
  const pixels = await site.page.evaluate(async () => [...(await avae.pixels())]);
  for (let y = 0; y < height; y += 5) {
    for (let x = 0; x < width; x += 5) {
      const pixel = pixels[Math.floor(y / factor) * spec.width + Math.floor(x / factor)];
      assert.deepEqual([...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)], [pixel, pixel, pixel, 255]);
    }
  }
});

test('save: the link is there as a QR code', async () => {
  await site.page.waitForSelector('#share-qr:not([hidden])');
  const { side, corners } = await site.page.evaluate(() => {
    const code = document.getElementById('share-qr');
    const copy = new OffscreenCanvas(code.width, code.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(code, 0, 0);
    const { data } = copy.getImageData(0, 0, code.width, code.height);
    const dark = (x, y) => data[4 * (y * code.width + x)] < 128;
    let border = 0;
    while (!dark(border, border)) border += 1;
    let run = 0;
    while (dark(border + run, border)) run += 1; // the finder pattern is seven cells wide
    const cell = run / 7;
    const last = code.width - border - run;
    return { side: (code.width - 2 * border) / cell, corners: [[border, border], [last, border], [border, last]].map(([x, y]) => dark(x, y) && dark(x + 3 * cell, y + 3 * cell) && !dark(x + cell, y + cell)) };
  });
  assert.deepEqual(corners, [true, true, true]);
  assert.ok(Number.isInteger((side - 17) / 4), `${side} cells`);
});

/** What a reader makes of the code as it is on the screen. */
async function readCode(page) {
  await page.waitForSelector('#share-qr:not([hidden])');
  await page.locator('#share-qr').scrollIntoViewIfNeeded();
  const { data, width, height } = PNG.sync.read(await page.locator('#share-qr').screenshot());
  return jsQR(new Uint8ClampedArray(data), width, height)?.data;
}

test('save: the QR code can be read from the screen, that of the longest morph too, on a desktop and on a small phone', async () => {
  for (const [width, height] of [[1440, 900], [320, 640]]) {
    const profile = await openProfile(site.server.origin, { viewport: { width, height } });
    try {
      const { page } = profile;
      await visit(page, site.server.url);
      const lengths = [];
      for (const keyframes of [0, 4, 16]) {
        if (keyframes > 0) {
          await page.click('nav [data-view="morph"]');
          if (keyframes === 4) await page.locator('[data-target="fill-morph"]').first().evaluate((button) => button.click());
          await page.waitForFunction(() => document.querySelector('[data-target="keyframe-3"]'));
          for (let i = 4; i < keyframes; i += 1) {
            await page.keyboard.press('r');
            await page.waitForTimeout(100);
            await page.locator('[data-target="add-keyframe"]').evaluate((button) => button.click());
            await page.waitForFunction((name) => document.querySelector(`[data-target="${name}"]`), `keyframe-${i}`);
          }
        }
        await page.click('[data-share]:visible');
        await page.waitForSelector('#share[open]');
        const wanted = await page.inputValue('#share-link');
        assert.equal(await readCode(page), wanted, `${wanted.length} characters at ${width} px`);
        lengths.push(wanted.length);
        await page.click('#share-close');
      }
      assert.ok(lengths[2] > 800, `${lengths} characters`);
      assert.deepEqual(profile.faults, []);
    } finally {
      await profile.close();
    }
  }
});

test('save: a saved picture that is dropped restores what it shows', async () => {
  await site.page.click('#share-close');
  const old = await link();
  await site.page.evaluate(() => document.getElementById('play').focus());
  await site.page.keyboard.press('r');
  await site.page.waitForFunction((before) => avae.link() !== before, old);
  await openShare();
  await drop(picture.bytes);
  await site.page.waitForFunction((before) => avae.link() === before, old);
  assert.ok(await site.page.isHidden('#share'), 'the panel would show what is gone');
});

test('save: a forged link in a picture is refused in a sentence, and the picture read as one', async () => {
  for (const forged of [`${await link()}AAAA`, '<img src=x onerror=alert(1)>', 'AQEI']) {
    const old = await link();
    await drop(withLink(picture.bytes, forged));
    await site.page.waitForSelector('#notice:not([hidden])');
    assert.match(await site.page.textContent('#notice-message'), /The link that this picture holds cannot be used/);
    await site.page.click('#notice-close');
    await site.page.waitForFunction((before) => avae.link() !== before, old);
    await site.page.waitForSelector('#draw:not([hidden])');
    await site.page.click('[data-command="undo"]');
    await site.page.waitForTimeout(300);
  }
});

test('save: a picture whose link is damaged is read as a picture, and that is said', async () => {
  const old = await link();
  const damaged = Buffer.from(picture.bytes);
  damaged[damaged.indexOf('avae-link') + 12] ^= 1;
  await drop(damaged);
  await site.page.waitForSelector('#notice:not([hidden])');
  assert.match(await site.page.textContent('#notice-message'), /The link in this picture is damaged/);
  await site.page.click('#notice-close');
  await site.page.waitForFunction((before) => avae.link() !== before, old);
  await site.page.waitForSelector('#draw:not([hidden])');
  await site.page.click('[data-command="undo"]');
  await site.page.waitForTimeout(300);
});

test('save: a morph becomes an animation and a sheet, with the link of the morph', async () => {
  await site.page.click('[data-view="morph"]');
  await site.page.evaluate(() => document.getElementById('play').focus());
  for (let i = 0; i < 2; i += 1) {
    await site.page.keyboard.press('k');
    await site.page.keyboard.press('r');
    await site.page.waitForTimeout(200);
  }
  await site.page.keyboard.press('k');
  await site.page.waitForFunction(() => avae.link().length > 150);
  await openShare();
  await site.page.waitForSelector('#save-morph:not([hidden])');
  const morph = await saved('save-morph');
  assert.equal(morph.name, 'fashion-avae-morph.png');
  assert.equal(linkOf(morph.bytes), await link());
  const chunks = readChunks(morph.bytes);
  const frames = chunks.filter(({ type }) => type === 'fcTL').length;
  assert.equal(frames, 48);
  assert.equal(chunks.filter(({ type }) => type === 'acTL').length, 1);
  // The browser itself plays it.
  const decoded = await site.page.evaluate(async (bytes) => {
    const decoder = new ImageDecoder({ data: new Uint8Array(bytes), type: 'image/png' });
    await decoder.tracks.ready;
    const pictures = await Promise.all([0, 24].map(async (frameIndex) => {
      const { image } = await decoder.decode({ frameIndex });
      const out = new Uint8Array(image.allocationSize());
      await image.copyTo(out);
      return out.join();
    }));
    return { frames: decoder.tracks.selectedTrack.frameCount, differ: pictures[0] !== pictures[1] };
  }, [...morph.bytes]);
  assert.deepEqual(decoded, { frames: 48, differ: true });
  const plays = (bytes) => readChunks(bytes).find(({ type }) => type === 'acTL').data.at(-1);
  assert.equal(plays(morph.bytes), 0, 'it repeats for ever');
  const sheet = await saved('save-sheet');
  assert.equal(sheet.name, 'fashion-avae-sheet.png');
  assert.equal(linkOf(sheet.bytes), await link());
  assert.ok(PNG.sync.read(sheet.bytes).width > 7 * spec.width);
  // What is saved is what the panel was opened with, whatever goes on behind it.
  const opening = await link();
  await site.page.evaluate((text) => avae.open(text), linkOf(picture.bytes));
  const late = await saved('save-sheet');
  assert.ok(late.bytes.equals(sheet.bytes));
  await site.page.evaluate((text) => avae.open(text), opening);
  // One that is to play once does so in the file too.
  await site.page.click('#share-close');
  const repeating = await link();
  await site.page.locator('[data-target="loop"]').evaluate((element) => element.click());
  await site.page.waitForFunction((before) => avae.link() !== before, repeating);
  await openShare();
  const once = await saved('save-morph');
  assert.equal(plays(once.bytes), 1);
  assert.equal(readChunks(once.bytes).filter(({ type }) => type === 'fcTL').length, 32);
  await site.page.click('#share-close');
});

test('save: a link that no QR code can hold says so', async () => {
  const server = await serve(SITE, `/${'far/'.repeat(600)}`);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visit(page, server.url);
    await page.click('.share-button');
    await page.waitForSelector('#share-qr + p:not([hidden])');
    assert.equal(await page.innerText('#share-qr + p'), 'The link is too long for a QR code.');
    assert.ok(await page.isHidden('#share-qr'));
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
  assert.ok(await site.page.isHidden('#share-qr + p'), 'where there is one, nothing is said');
});

test('save: no faults', () => assert.deepEqual(site.profile.faults, []));
