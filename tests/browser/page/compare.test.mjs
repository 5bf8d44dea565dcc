// Models side by side, on a site that has two which share their latents: the shipped one, and itself in 16 bits.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { PNG } from 'pngjs';

import { changed, openProfile, pixelsHash, settled, visit } from '../browser.mjs';
import { PROGRAM, SCREENSHOTS, readManifest } from '../site.mjs';
import { serve } from '../static-server.mjs';

const REPO = path.join(import.meta.dirname, '../../..');
const SHIPPED = path.join(REPO, 'web/models/fashion-avae');

let folder;
let server;
let profile;
let page;
let models;
const fetched = [];
before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'avae-compare-'));
  const run = (...args) => execFileSync(PROGRAM, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  run('export', '--model', SHIPPED, '--weights', 'fp16', '--name', 'in-halves', '--out', path.join(folder, 'halves'));
  const both = ['--model', SHIPPED, '--model', path.join(folder, 'halves')];
  run('publish', ...both, '--map-points', '0', '--template', path.join(REPO, 'build/wasm/site-template'), '--out', path.join(folder, 'site'));
  models = readManifest(path.join(folder, 'site')).models;
  server = await serve(path.join(folder, 'site'));
  profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  profile.context.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  page = profile.page;
  await visit(page, server.url);
});
after(async () => {
  await profile?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const hasFetched = (id, role) => fetched.some((name) => name.includes(`${id}.${role}`));
const choice = (id) => `.drawn-controls [data-target="compare-${id}"]`;
const alternative = (form) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById('alternative').textContent), form.source);

test('compare: the page opens with one picture as every model draws it', async () => {
  assert.equal(await page.getAttribute('[data-view="compare"]', 'aria-pressed'), 'true');
  for (const { id } of models) await page.waitForSelector(choice(id), { state: 'attached' });
  for (const { id } of models) assert.ok(hasFetched(id, 'decoder'), id);
  await alternative(/sample 1 of fashion-avae, \d+ % real$/);
  assert.equal(await page.evaluate(() => avae.link()), models[0].opening);
  assert.equal(models.filter(({ id }) => hasFetched(id, 'discriminator')).length, 1, 'one judge for all');
  if (SCREENSHOTS) await page.screenshot({ path: path.join(SCREENSHOTS, 'compare-1440.png') });
});

test('compare: another model chosen shows the same picture, in its own latents', async () => {
  const [first, second] = models;
  await page.locator(choice(second.id)).evaluate((element) => element.click());
  await alternative(/of in-halves/);
  assert.equal(await page.evaluate(() => avae.link()), second.opening);
  await page.locator(choice(first.id)).evaluate((element) => element.click());
  await alternative(/of fashion-avae/);
  assert.equal(await page.evaluate(() => avae.link()), first.opening);
});

test('compare: any other sample keeps its latent and the view', async () => {
  const [first, second] = models;
  const opening = await pixelsHash(page);
  await page.evaluate(() => document.getElementById('random').click());
  await changed(page, opening);
  const link = await page.evaluate(() => avae.link());
  await page.locator(choice(second.id)).evaluate((element) => element.click());
  await alternative(/of in-halves/);
  const other = await page.evaluate(() => avae.link());
  const after10 = (text) => Buffer.from(text, 'base64url').subarray(11, -4).toString('hex'); // without model and checksum
  assert.equal(after10(other), after10(link));
  assert.equal(Buffer.from(other, 'base64url').subarray(3, 11).toString('hex'), second.id);
  assert.equal(await page.getAttribute('[data-view="compare"]', 'aria-pressed'), 'true');
  const halves = await pixelsHash(page);
  await page.locator(choice(first.id)).evaluate((element) => element.click());
  await alternative(/of fashion-avae/);
  assert.notEqual(await pixelsHash(page), halves);
});

test('compare: the visitor’s own picture is read by every model', async () => {
  const png = new PNG({ width: 28, height: 28 });
  for (let i = 0; i < 28 * 28; i += 1) {
    const inside = i % 28 > 8 && i % 28 < 19 && i > 28 * 4 && i < 28 * 24;
    png.data.set([inside, inside, inside].map((on) => (on ? 220 : 0)).concat(255), 4 * i);
  }
  const file = path.join(folder, 'own.png');
  writeFileSync(file, PNG.sync.write(png));
  const before_ = await pixelsHash(page);
  await page.click('[data-view="draw"]');
  await page.setInputFiles('#draw-file', file);
  await page.waitForFunction(() => /^Read /.test(document.getElementById('draw-status').textContent));
  assert.notEqual(await pixelsHash(page), before_);
  assert.equal(hasFetched(models[1].id, 'encoder'), false, 'not before it is needed');
  await page.click('[data-view="compare"]');
  await page.waitForFunction(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('.encoder.')).length === 2);
  if (SCREENSHOTS) {
    await page.waitForTimeout(1000);
    await page.screenshot({ path: path.join(SCREENSHOTS, 'compare-own-1440.png') });
  }
  assert.deepEqual(profile.faults, []);
});

test('compare: an embedded page shows its one sample', async () => {
  const framed = await openProfile(server.origin, { viewport: { width: 480, height: 480 } });
  try {
    await framed.page.goto(`${server.url}?embed=1`);
    await settled(framed.page);
    assert.equal(await framed.page.getAttribute('[data-view="compare"]', 'aria-pressed'), 'false');
  } finally {
    await framed.close();
  }
});
