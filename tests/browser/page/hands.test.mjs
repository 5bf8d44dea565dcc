// What visitors do with their hands as the browser itself passes it on: files dragged over the page, a picture on the clipboard, keys in
// place of a pen, a window that loses the focus with a key held; and that a page which is let alone draws nothing.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';

import { PNG } from 'pngjs';

import { openProfile, visit, visitSite } from '../browser.mjs';
import { SITE, stateOf } from '../site.mjs';

const site = visitSite(SITE, { setUp: (context) => context.grantPermissions(['clipboard-read', 'clipboard-write']) });
const folder = mkdtempSync(path.join(tmpdir(), 'avae-hands-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const link = (on = site.page) => on.evaluate(() => avae.link());
const linkAfter = (old, on = site.page) => on.waitForFunction((before) => avae.link() !== before, old);
const status = (on = site.page) => on.textContent('#draw-status');

async function calm(on = site.page) {
  for (let before = null; before !== (await link(on)); ) {
    before = await link(on);
    await on.waitForTimeout(300);
  }
}

/** A PNG with a bright block on black, `across` of it wide. */
function block(across) {
  const png = new PNG({ width: 120, height: 120 });
  for (let i = 0; i < 120 * 120; i += 1) {
    const [x, y] = [i % 120, Math.floor(i / 120)];
    const on = Math.abs(x - 60) < 60 * across && Math.abs(y - 60) < 50;
    png.data.set([...Array(3).fill(on ? 210 : 0), 255], 4 * i);
  }
  return PNG.sync.write(png);
}

/** Light of the picture that the model sees, 0..1. */
const light = () =>
  site.page.evaluate(() => {
    const seen = document.getElementById('draw-seen');
    const copy = new OffscreenCanvas(seen.width, seen.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(seen, 0, 0);
    const { data } = copy.getImageData(0, 0, seen.width, seen.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += data[i] / 255;
    return sum / (data.length / 4);
  });

test('hands: while the encoder is fetched the panel says how far that is', async () => {
  const slow = await openProfile(site.server.origin, { serviceWorkers: 'block' });
  try {
    await visit(slow.page, site.server.url);
    await slow.page.click('[data-view="draw"]');
    await slow.page.waitForSelector('#draw:not([hidden])');
    const said = slow.page.evaluate(
      () =>
        new Promise((resolve) => {
          const all = [];
          const status = document.getElementById('draw-status');
          new MutationObserver(() => {
            all.push(status.textContent);
            if (/^Read /.test(status.textContent)) resolve(all);
          }).observe(status, { childList: true, characterData: true, subtree: true });
        }),
    );
    const devtools = await slow.context.newCDPSession(slow.page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: 250_000, uploadThroughput: -1 });
    await slow.page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: block(0.5) });
    const parts = (await said).map((text) => Number(/^Fetching the encoder: (\d+) % of \d+ kB…$/.exec(text)?.[1] ?? NaN)).filter((part) => !Number.isNaN(part));
    assert.ok(parts.length >= 3, `parts: ${parts}`);
    assert.deepEqual(parts, [...parts].sort((a, b) => a - b));
    assert.equal(parts.at(-1), 100);
    assert.deepEqual(slow.faults, []);
  } finally {
    await slow.close();
  }
});

test('hands: a file that is dragged from the desktop and dropped on the map is read', async () => {
  const file = path.join(folder, 'dragged.png');
  writeFileSync(file, block(0.6));
  await site.page.click('[data-view="map"]');
  const old = await link();
  const box = await site.page.locator('#play').boundingBox();
  const devtools = await site.profile.context.newCDPSession(site.page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'])
    await devtools.send('Input.dispatchDragEvent', { type, x: box.x + 200, y: box.y + 300, data });
  await devtools.detach();
  await linkAfter(old);
  await site.page.waitForSelector('#draw:not([hidden])');
  await site.page.waitForFunction(() => /^Read as /.test(document.getElementById('draw-status').textContent));
  await calm();
  assert.equal((await stateOf(await link())).encoded, true);
});

test('hands: a picture on the clipboard is read when the browser pastes it', async () => {
  await site.page.click('[data-view="shape"]');
  const old = await link();
  await site.page.evaluate(async (bytes) => {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([new Uint8Array(bytes)], { type: 'image/png' }) })]);
  }, [...block(0.25)]);
  await site.page.keyboard.press('Control+v');
  await linkAfter(old);
  await site.page.waitForSelector('#draw:not([hidden])');
  await calm();
  const narrow = await light();
  assert.ok(narrow > 0.05 && narrow < 0.3, `light ${narrow}`);
});

test('hands: by the keyboard alone something is drawn, read, and undone', async () => {
  const { page } = site;
  await page.click('#draw-clear');
  await page.locator('#draw-open').focus();
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'pad');
  assert.match(await status(), /arrow keys move the pen/);
  const old = await link();
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Shift+ArrowUp');
  assert.equal(await link(), old); // the pen is up
  assert.ok(await page.isVisible('#pad-pen'));
  await page.keyboard.press('Space');
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('Shift+ArrowDown');
  await linkAfter(old);
  await calm();
  const drawn = await light();
  assert.ok(drawn > 0.02, `light ${drawn}`);
  await page.keyboard.press('Space'); // up
  await calm();
  const read = await link();
  await page.keyboard.press('Shift+ArrowRight');
  await calm();
  assert.equal(await link(), read);
  assert.match(await status(), /^(Read as |The pen is up)/);
  await page.keyboard.press('Tab'); // no trap
  assert.equal(await page.evaluate(() => document.activeElement.id), 'draw-open');
  assert.ok(!(await page.isVisible('#pad-pen')));
  await page.click('[data-command="undo"]');
  await linkAfter(read);
});

test('hands: by the keyboard alone a line is drawn on the map, and played', async () => {
  const { page } = site;
  await page.click('[data-view="map"]');
  await page.locator('[data-target="map"]').focus();
  await page.keyboard.press('l');
  await page.waitForFunction(() => /draw a line/.test(document.querySelector('[data-target="map"]').getAttribute('aria-label')));
  for (let i = 0; i < 8; i += 1) {
    const before = await link();
    await page.keyboard.press(i < 4 ? 'ArrowRight' : 'ArrowDown');
    if (i === 0) await linkAfter(before).catch(() => {});
  }
  await page.keyboard.press('Space');
  await page.waitForFunction(() => /walk over it/.test(document.querySelector('[data-target="map"]').getAttribute('aria-label')));
  await page.keyboard.press('Space'); // it plays unless motion is not wanted; stopped, its link is told
  await calm();
  const { keyframes } = (await stateOf(await link())).morph;
  assert.ok(keyframes.length >= 2, `${keyframes.length} keyframes`);
  assert.ok(new Set(keyframes.map((frame) => JSON.stringify(frame))).size >= 2);
});

test('hands: Shift and a click add a class, and a Shift that went up unseen is not held', async () => {
  const { page } = site;
  await page.click('[data-view="shape"]');
  const classes = async () => (await stateOf(await link())).mix.filter((weight) => weight > 0).length;
  const choose = async (name) => {
    const box = await page.locator(`[data-target="${name}"]`).boundingBox();
    const old = await link();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await linkAfter(old);
  };
  await page.evaluate(() => document.activeElement.blur());
  await choose('class-1');
  await page.keyboard.down('Shift');
  await choose('class-2');
  await page.keyboard.up('Shift');
  assert.equal(await classes(), 2);
  const devtools = await site.profile.context.newCDPSession(page);
  await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'ArrowRight', code: 'ArrowRight', windowsVirtualKeyCode: 39, modifiers: 8 });
  await page.evaluate(() => dispatchEvent(new Event('blur'))); // the keys go up in another window
  await choose('class-3');
  assert.equal(await classes(), 1);
});

test('hands: on the map a drag with Shift held draws a line to morph along', async () => {
  const { page } = site;
  await page.click('[data-view="map"]');
  await page.waitForTimeout(1500);
  const box = await page.locator('#play').boundingBox();
  const old = await link();
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 0.45 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.55 * box.width, box.y + 0.55 * box.height, { steps: 10 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.keyboard.press('Space'); // stops it
  await linkAfter(old);
  await calm();
  assert.ok((await stateOf(await link())).morph.keyframes.length >= 2);
});

test('hands: a page that is let alone draws nothing, where motion is welcome too', async () => {
  const count = () => {
    globalThis.drawn = 0;
    const { drawElements } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.drawElements = function (...all) {
      globalThis.drawn += 1;
      return drawElements.apply(this, all);
    };
  };
  const quiet = await openProfile(site.server.origin, { reducedMotion: 'no-preference', setUp: (context) => context.addInitScript(count) });
  try {
    await visit(quiet.page, site.server.url);
    for (const view of ['shape', 'map', 'compare']) {
      await quiet.page.click(`[data-view="${view}"]`);
      const drawn = () => quiet.page.evaluate(() => globalThis.drawn);
      for (let before = -1; before !== (await drawn()); ) {
        before = await drawn();
        await quiet.page.waitForTimeout(1500);
      }
      const before = await drawn();
      assert.ok(before > 0);
      await quiet.page.waitForTimeout(2500);
      assert.equal(await drawn(), before, view);
    }
    assert.deepEqual(quiet.faults, []);
  } finally {
    await quiet.close();
  }
});

test('hands: no faults', () => assert.deepEqual(site.profile.faults, []));
