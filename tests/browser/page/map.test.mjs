// The map: pointing, choosing, panning, zooming, two fingers, a line to morph along.
import assert from 'node:assert/strict';
import test from 'node:test';

import { openProfile, pixelsHash, visit, visitSite } from '../browser.mjs';
import { SITE, stateOf } from '../site.mjs';

const site = visitSite(SITE, {}, async (page) => {
  await page.click('[data-view="map"]');
  await still(page);
});

/** The canvas once it is the same twice in a row. */
async function still(on) {
  const clip = await on.locator('#play').boundingBox();
  let shot = await on.screenshot({ clip });
  for (let tries = 0; tries < 60; tries += 1) {
    await on.waitForTimeout(60);
    const again = await on.screenshot({ clip });
    if (again.equals(shot)) break;
    shot = again;
  }
  return shot;
}

const link = (on) => on.evaluate(() => avae.link());
/** Whether each keyframe of a link's morph was read from a picture. */
const readsStraight = async (text) => (await stateOf(text)).morph.keyframes.every(({ encoded }) => encoded);
/** A point of the site.page, as shares of the canvas. */
async function at(on, x, y) {
  const box = await on.locator('#play').boundingBox();
  return [box.x + x * box.width, box.y + y * box.height];
}
// In the shipped model's map: among the clothes on the right.
const CLOTHES = [0.46, 0.5];

test('map: is a view with a tab of its own, and a carpet of pictures', async () => {
  assert.equal(await site.page.getAttribute('[data-view="map"]', 'aria-pressed'), 'true');
  const before = await still(site.page);
  await site.page.click('[data-view="shape"]');
  assert.ok(!(await still(site.page)).equals(before));
  await site.page.click('[data-view="map"]');
  await still(site.page);
});

test('map: pointing shows another picture and keeps none', async () => {
  const kept = await link(site.page);
  await site.page.mouse.move(...(await at(site.page, 0.02, 0.98)));
  const before = await still(site.page);
  await site.page.mouse.move(...(await at(site.page, ...CLOTHES)));
  assert.ok(!(await still(site.page)).equals(before));
  assert.equal(await link(site.page), kept);
});

test('map: a click keeps the picture, and undo brings the one before back', async () => {
  const kept = await link(site.page);
  await site.page.mouse.click(...(await at(site.page, ...CLOTHES)));
  await site.page.waitForFunction((old) => avae.link() !== old, kept);
  await site.page.click('[data-command="undo"]');
  await site.page.waitForFunction((old) => avae.link() === old, kept);
});

test('map: the wheel zooms around the pointer, a drag pans, 0 shows it all again', async () => {
  const whole = await still(site.page);
  await site.page.mouse.move(...(await at(site.page, ...CLOTHES)));
  await site.page.mouse.wheel(0, -400);
  const near = await still(site.page);
  assert.ok(!near.equals(whole));
  const kept = await link(site.page);
  await site.page.mouse.down();
  await site.page.mouse.move(...(await at(site.page, 0.3, 0.4)), { steps: 5 });
  await site.page.mouse.up();
  assert.ok(!(await still(site.page)).equals(near));
  assert.equal(await link(site.page), kept, 'a drag chose a picture');
  await site.page.keyboard.press('0');
  const fit = await still(site.page);
  await site.page.keyboard.press('Shift+Equal');
  assert.ok(!(await still(site.page)).equals(fit), 'plus does not zoom');
  await site.page.keyboard.press('0');
  await site.page.mouse.move(...(await at(site.page, 0.02, 0.98)));
  await still(site.page);
});

test('map: two fingers on a trackpad zoom the map, and beside it the page', async () => {
  const whole = await still(site.page);
  await site.page.evaluate(() => addEventListener('wheel', (event) => (window.lastWheel = [event.ctrlKey, event.defaultPrevented]), { passive: true }));
  const wheel = async (x, y) => {
    await site.page.mouse.move(...(await at(site.page, x, y)));
    await site.page.evaluate(() => (window.lastWheel = null));
    await site.page.keyboard.down('Control'); // as browsers tell of a trackpad's pinch
    await site.page.mouse.wheel(0, -120);
    await site.page.keyboard.up('Control');
    await site.page.waitForFunction(() => window.lastWheel);
    return site.page.evaluate(() => window.lastWheel);
  };
  assert.deepEqual(await wheel(...CLOTHES), [true, true]);
  await site.page.mouse.move(...(await at(site.page, 0.02, 0.98)));
  assert.ok(!(await still(site.page)).equals(whole));
  assert.equal(await site.page.evaluate(() => visualViewport.scale * devicePixelRatio), 1);
  assert.deepEqual(await wheel(0.9, 0.5), [true, false], 'beside the map it is the browser\'s');
  await site.page.keyboard.press('0');
  await still(site.page);
});

test('map: a line that is drawn plays as a morph between the pictures along it', async () => {
  const kept = await link(site.page);
  await site.page.locator('[data-target="map-path"]').waitFor({ state: 'attached' });
  const chip = await site.page.locator('[data-target="map-path"]').boundingBox();
  await site.page.mouse.click(chip.x + chip.width / 2, chip.y + chip.height / 2);
  await site.page.waitForFunction(() => document.querySelector('[data-target="map-path"]').getAttribute('aria-pressed') === 'true');
  await site.page.mouse.move(...(await at(site.page, 0.38, 0.35)));
  await site.page.mouse.down();
  for (const [x, y] of [[0.46, 0.5], [0.5, 0.7], [0.4, 0.6]]) await site.page.mouse.move(...(await at(site.page, x, y)), { steps: 8 });
  await site.page.mouse.up();
  const play = site.page.locator('[data-target="play"]');
  await site.page.waitForFunction(() => /^Pause/.test(document.querySelector('[data-target="play"]')?.getAttribute('aria-label')));
  const hashes = new Set();
  for (let i = 0; i < 60 && hashes.size < 3; i += 1) {
    hashes.add(await pixelsHash(site.page));
    await site.page.waitForTimeout(100);
  }
  assert.ok(hashes.size >= 3, 'it moves');
  await play.evaluate((element) => element.click());
  await site.page.waitForFunction(() => /^Play/.test(document.querySelector('[data-target="play"]').getAttribute('aria-label')));
  assert.ok((await site.page.locator('[data-target^="keyframe-"]').count()) >= 2, 'with the pictures along it as keyframes');
  await site.page.waitForFunction((old) => avae.link().length > old.length + 100, kept);
  assert.ok(await readsStraight(await link(site.page)), 'the places of a map are pictures that were read');
  await site.page.waitForFunction(() => !document.querySelector('[data-command="undo"]').disabled);
  for (let i = 0; i < 6 && (await link(site.page)) !== kept; i += 1) await site.page.click('[data-command="undo"]');
  assert.equal(await link(site.page), kept, 'undo takes it back');
});

test('map: arrow keys choose the picture beside', async () => {
  await site.page.mouse.click(...(await at(site.page, ...CLOTHES)));
  const kept = await link(site.page);
  await site.page.keyboard.press('ArrowDown');
  await site.page.waitForFunction((old) => avae.link() !== old, kept);
});

/** Runs `use(profile)` with a profile of its own. */
async function inProfile(options, use) {
  const other = await openProfile(site.server.origin, options);
  try {
    await visit(other.page, site.server.url);
    await use(other);
  } finally {
    await other.close();
  }
}

test('map: two fingers zoom and move it without choosing, one finger then chooses', () =>
  inProfile({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async (phone) => {
    await phone.page.tap('[data-view="map"]');
    const before = await still(phone.page);
    const kept = await link(phone.page);
    const [x, y] = await at(phone.page, 0.75, 0.5);
    const devtools = await phone.context.newCDPSession(phone.page);
    const fingers = (type, apart) =>
      devtools.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: apart ? [{ x: x - apart, y, id: 0 }, { x: x + apart, y, id: 1 }] : [],
      });
    const both = (type, dy) =>
      devtools.send('Input.dispatchTouchEvent', { type, touchPoints: dy === null ? [] : [{ x: x - 40, y: y + dy, id: 0 }, { x: x + 40, y: y + dy, id: 1 }] });
    await both('touchStart', 0);
    for (let dy = -5; dy >= -40; dy -= 5) await both('touchMove', dy);
    await both('touchEnd', null);
    const moved = await still(phone.page);
    assert.ok(!moved.equals(before), 'two fingers move it');
    assert.equal(await link(phone.page), kept);
    await fingers('touchStart', 20);
    for (let apart = 25; apart <= 60; apart += 5) await fingers('touchMove', apart);
    await fingers('touchEnd', 0);
    assert.ok(!(await still(phone.page)).equals(moved), 'two fingers zoom it');
    assert.equal(await link(phone.page), kept);
    await phone.page.touchscreen.tap(x, y);
    await phone.page.waitForFunction((old) => avae.link() !== old, kept);
    assert.deepEqual(phone.faults, []);
  }));

const damaged = (context) => context.route(/atlas\.safetensors/, (route) => route.fulfill({ body: 'no atlas' }));
test('map: a damaged atlas is named, and everything else works', () =>
  inProfile({ serviceWorkers: 'block', setUp: damaged }, async (broken) => {
    await broken.page.waitForFunction(() => !document.getElementById('notice').hidden);
    assert.match(await broken.page.textContent('#notice-message'), /atlas\.safetensors/);
    await broken.page.click('[data-view="map"]');
    await still(broken.page);
    const kept = await link(broken.page);
    await broken.page.evaluate(() => document.getElementById('play').focus());
    await broken.page.keyboard.press('r');
    await broken.page.waitForFunction((old) => avae.link() !== old, kept);
  }));

test('map: no faults', () => assert.deepEqual(site.profile.faults, []));
