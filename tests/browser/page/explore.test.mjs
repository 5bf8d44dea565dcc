// A visitor's first minutes: the first sample, another one, another class, back again.
import assert from 'node:assert/strict';
import test from 'node:test';

import { changed, pixelsHash, visitSite } from '../browser.mjs';
import { readManifest, SITE } from '../site.mjs';

const site = visitSite(SITE);

const model = readManifest().models.find(({ id }) => id === readManifest().default);

test('page: the playground is ready and the first sample has pixels', async () => {
  assert.equal(await site.page.evaluate(() => document.body.dataset.phase), 'ready');
  const { size, least, most } = await site.page.evaluate(async () => {
    const pixels = await avae.pixels();
    return { size: pixels.length, least: Math.min(...pixels), most: Math.max(...pixels) };
  });
  assert.equal(size, model.spec.height * model.spec.width * model.spec.channels);
  assert.ok(most - least > 64, `pixels from ${least} to ${most} are hardly a picture`);
});

/** The drawn canvas, once it is the same twice in a row: as a screenshot, and its number of colours. */
async function drawn() {
  const clip = await site.page.locator('#play').boundingBox();
  let shot = await site.page.screenshot({ clip });
  for (let tries = 0; tries < 30; tries += 1) {
    await site.page.waitForTimeout(400); // tiles come in batches
    const again = await site.page.screenshot({ clip });
    if (again.equals(shot)) break;
    shot = again;
  }
  const colours = await site.page.evaluate(async (bytes) => {
    const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    const copy = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    copy.drawImage(picture, 0, 0);
    return new Set(new Uint32Array(copy.getImageData(0, 0, picture.width, picture.height).data.buffer)).size;
  }, [...shot]);
  return { shot, colours };
}

test('page: the canvas shows pictures', async () => {
  const { colours } = await drawn();
  assert.ok(colours > 100, `${colours} colours on the canvas`);
});

test('page: a lost drawing context comes back with the same picture', async () => {
  const { shot } = await drawn();
  await site.page.evaluate(async () => {
    const canvas = document.getElementById('play');
    const loser = canvas.getContext('webgl2').getExtension('WEBGL_lose_context');
    const event = (name) => new Promise((resolve) => canvas.addEventListener(name, resolve, { once: true }));
    const lost = event('webglcontextlost');
    loser.loseContext();
    await lost;
    const restored = event('webglcontextrestored');
    setTimeout(() => loser.restoreContext(), 0);
    await restored;
  });
  assert.ok((await drawn()).shot.equals(shot));
});

test('page: a drawing context that does not come back is told, until it does', async () => {
  const { page } = site;
  const { shot } = await drawn();
  await page.evaluate(() => {
    window.loser = document.getElementById('play').getContext('webgl2').getExtension('WEBGL_lose_context');
    loser.loseContext();
  });
  await page.waitForSelector('#notice:not([hidden])', { timeout: 10_000 });
  assert.match(await page.innerText('#notice'), /graphics card has dropped the picture.*Reload/s);
  assert.equal(await page.innerText('#notice-action'), 'Reload');
  await page.evaluate(() => avae.open('nonsense')); // what is said of it waits
  await page.evaluate((link) => avae.open(link), await page.evaluate(() => avae.link()));
  assert.equal(await page.innerText('#notice-action'), 'Reload');
  await page.evaluate(() => loser.restoreContext());
  await page.waitForFunction(() => !/graphics card/.test(document.getElementById('notice').innerText));
  assert.match(await page.innerText('#notice'), /^This link cannot be opened/);
  await page.click('#notice-close');
  assert.ok((await drawn()).shot.equals(shot));
});

test('page: the alternative text names class, number and model', async () => {
  const pattern = new RegExp(`, sample 1 of ${model.name}(, \\d+ % real)?$`);
  await site.page.waitForFunction((source) => new RegExp(source).test(document.getElementById('alternative').textContent), pattern.source);
});

test('page: a new sample has other pixels and another link', async () => {
  const before_ = await pixelsHash(site.page);
  const link = await site.page.evaluate(() => avae.link());
  await site.page.evaluate(() => document.getElementById('random').click());
  await changed(site.page, before_);
  assert.notEqual(await site.page.evaluate(() => avae.link()), link);
});

test('page: another class has other pixels', async () => {
  const before_ = await pixelsHash(site.page);
  await site.page.locator('#class').selectOption(String(model.spec.classes - 1));
  await changed(site.page, before_);
  const name = model.spec.class_names.at(-1) ?? `class ${model.spec.classes - 1}`;
  await site.page.waitForFunction((start) => document.getElementById('alternative').textContent.startsWith(start), name);
});

test('page: the drawn playground answers a click in its gallery and the R key', async () => {
  const before_ = await pixelsHash(site.page);
  await site.page.locator('#play').click({ position: { x: 60, y: 120 } });
  const kept = await changed(site.page, before_);
  await site.page.locator('#play').press('r');
  await changed(site.page, kept);
});

test('page: undo returns to the earlier pixels, redo to the later ones', async () => {
  const later = await pixelsHash(site.page);
  await site.page.locator('[data-command=undo]').click();
  const earlier = await changed(site.page, later);
  await site.page.locator('[data-command=redo]').click();
  assert.equal(await changed(site.page, earlier), later);
});

test('page: the fragment follows the state', async () => {
  await site.page.waitForFunction(() => location.hash === `#${avae.link()}`);
});

test('page: the morph view and back', async () => {
  await site.page.locator('[data-view=morph]').click();
  await site.page.waitForSelector('[data-view=morph][aria-pressed=true]');
  await site.page.locator('[data-view=shape]').click();
  await site.page.waitForSelector('[data-view=shape][aria-pressed=true]');
});

test('page: another model, if there is one, has other pixels', async () => {
  const ids = await site.page.evaluate(() => avae.models().filter(({ current }) => current).map(({ id }) => id));
  if (ids.length > 1) {
    const before_ = await pixelsHash(site.page);
    await site.page.locator('#model').selectOption(ids.find((id) => id !== model.id));
    await changed(site.page, before_);
  } else {
    assert.ok(await site.page.locator('#model').isDisabled());
  }
});

test('page: no console message, policy violation or foreign request in all this', () => {
  assert.deepEqual(site.profile.faults, []);
});
