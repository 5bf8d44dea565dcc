// Where the page may find itself: offline, on a host without https, in a frame, beside a training run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { PNG } from 'pngjs';

import { changed, openProfile, pixelsHash, settled, visit, visitAndKeep } from '../browser.mjs';
import { linkOf, PROGRAM, readManifest, sha256, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

test('hosts: after one visit the page works without a network', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visit(page, server.url);
    const hash = await pixelsHash(page);
    const link = await page.evaluate(() => avae.link());
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active.state !== 'activated') await new Promise((resolve) => active.addEventListener('statechange', resolve));
    });
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
    assert.equal(await pixelsHash(page), hash);
    // What is fetched late is there too: the drawing panel, the map, what saves pictures.
    await page.waitForSelector('#draw', { state: 'attached' });
    await page.click('[data-view="map"]');
    await page.click('.share-button');
    await page.waitForSelector('#share-qr:not([hidden])');
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
    await page.goto('about:blank');
    await visit(page, `${server.url}#${link}`);
    assert.equal(await pixelsHash(page), hash);
    // Pages that are not kept are missing in a sentence, with the way back.
    await page.click('#gallery-link');
    await page.waitForSelector('text=There is no network, and this page is not kept on this device.');
    await page.click('a:visible');
    await settled(page);
    assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
  } finally {
    await profile.close();
    await server.close();
  }
});

/** The paths that the browser keeps for times without a network. */
const keptPaths = (page) =>
  page.evaluate(async () => {
    const keys = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().map(({ url }) => new URL(url).pathname);
  });

const REPO = path.join(import.meta.dirname, '../../..');
/** Publishes the models of `folders` (names below web/models/, or paths) to `site`. */
function publish(site, ...folders) {
  const models = folders.flatMap((folder) => ['--model', path.resolve(REPO, 'web/models', folder)]);
  const template = ['--template', path.join(REPO, 'build/wasm/site-template')];
  execFileSync(PROGRAM, ['publish', ...models, '--map-points', '0', ...template, '--out', site], { stdio: ['ignore', 'ignore', 'inherit'] });
}

test('hosts: what was not used in the first visit works without a network too: every model, drawing, comparing', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visitAndKeep(page, server.url);
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    const models = readManifest().models.filter(({ current }) => current);
    for (const { id } of [...models.slice(1), models[0]]) {
      const before = await page.evaluate(() => avae.link());
      await page.locator('#model').selectOption(id);
      await page.waitForFunction((link) => avae.link() !== link, before);
      await pixelsHash(page);
    }
    const png = new PNG({ width: 28, height: 28 });
    for (let i = 0; i < 28 * 28; i += 1) png.data.set([...Array(3).fill(i % 28 > 8 && i % 28 < 19 ? 220 : 0), 255], 4 * i);
    await page.click('[data-view="draw"]');
    await page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: PNG.sync.write(png) });
    await page.waitForFunction(() => /^Read as /.test(document.getElementById('draw-status').textContent));
    await page.click('[data-view="compare"]');
    await page.waitForFunction(() => /\d+ % real/.test(document.getElementById('alternative').textContent));
    for (const { id, encoder } of models) if (encoder) await page.waitForFunction((part) => performance.getEntriesByType('resource').some(({ name }) => name.includes(part)), `${id}.encoder.`);
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
  } finally {
    await profile.close();
    await server.close();
  }
});

test('hosts: a visitor who saves data keeps what was used, and no more', async () => {
  const server = await serve(SITE);
  const setUp = (context) => context.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  const profile = await openProfile(server.origin, { setUp });
  try {
    const { page } = profile;
    await visitAndKeep(page, server.url);
    const kept = await keptPaths(page);
    assert.ok(kept.some((name) => name.includes('.decoder.')));
    assert.deepEqual(kept.filter((name) => /encoder|discriminator/.test(name.replace('.decoder', ''))), []);
  } finally {
    await profile.close();
    await server.close();
  }
});

/** Calls use({ page, site, server }) in a new profile, with `models` published to a folder of its own. */
async function withPublished(models, use) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-hosts-'));
  const site = path.join(folder, 'site');
  publish(site, ...models);
  const server = await serve(site);
  const profile = await openProfile(server.origin);
  try {
    await use({ page: profile.page, site, server });
  } finally {
    await profile.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

test('hosts: once the site is published again, the next visit keeps what is new and drops what is not listed', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const [old] = readManifest(site).models;
    rmSync(site, { recursive: true });
    publish(site, 'fashion-avae', 'fashion-gan');
    await page.goto('about:blank');
    await visitAndKeep(page, server.url);
    const { models, files } = readManifest(site);
    await page.waitForFunction(async (part) => {
      const keys = await (await caches.open((await caches.keys())[0])).keys();
      return keys.some(({ url }) => url.includes(part));
    }, `${models[1].id}.discriminator.`);
    const kept = await keptPaths(page);
    assert.deepEqual(kept.filter((name) => name.includes(old.id)), []);
    for (const { path: name } of files.filter((file) => /-[0-9a-f]{8}[.](js|css|wasm|json)$/.test(file.path))) assert.ok(kept.some((each) => each.includes(name)), name);
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
    for (const { id } of [models[1], models[0]]) {
      const before = await page.evaluate(() => avae.link());
      await page.locator('#model').selectOption(id);
      await page.waitForFunction((link) => avae.link() !== link, before);
      await pixelsHash(page);
    }
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
  }));

test('hosts: a publishing that is cut off leaves the site that was kept', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const hash = await pixelsHash(page);
    // A new manifest and page, whose files did not come through.
    const manifest = JSON.parse(readFileSync(path.join(site, 'manifest.json'), 'utf8'));
    manifest.files.push({ path: 'new-01234567.js', bytes: 3, sha256: '0'.repeat(64) });
    writeFileSync(path.join(site, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(path.join(site, 'index.html'), '<!doctype html><title>new</title>');
    await page.goto(server.url);
    assert.equal(await page.title(), 'new');
    await page.evaluate(async () => {
      (await navigator.serviceWorker.ready).active.postMessage({ type: 'keep', paths: [], all: true });
    });
    await page.waitForFunction(() => window.kept);
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
  }));

test('hosts: while the host answers with errors, the site that was kept is shown', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const hash = await pixelsHash(page);
    for (const name of ['index.html', 'manifest.json']) rmSync(path.join(site, name));
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
  }));

test('hosts: without https it works too, short of what browsers forbid there', async () => {
  const server = await serve(SITE);
  const port = new URL(server.origin).port;
  const origin = `http://plain.test:${port}`;
  const profile = await openProfile(origin, { flags: ['--host-resolver-rules=MAP plain.test 127.0.0.1'] });
  try {
    const { page } = profile;
    await visit(page, server.url.replace(server.origin, origin));
    assert.equal(await page.evaluate(() => isSecureContext), false);
    assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
    assert.equal(await pixelsHash(page), sha256(Buffer.from(await page.evaluate(async () => Array.from(await avae.pixels())))));
    await page.locator('[data-share]:visible').click();
    await page.locator('#share-copy').click();
    await page.waitForFunction(() => document.getElementById('share-copy').textContent === 'Copied');
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});

test('hosts: in a frame it answers its parent, and nobody else', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-frame-'));
  cpSync(SITE, path.join(folder, 'site'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Host</title><link rel="icon" href="data:,"><iframe src="site/?embed=1" width="480" height="640"></iframe>');
  const server = await serve(folder);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await page.addInitScript(() => {
      if (window !== window.top) return;
      window.heard = [];
      addEventListener('message', ({ data }) => window.heard.push(data));
      let next = 1;
      window.ask = (method, ...args) =>
        new Promise((resolve) => {
          const id = (next += 1);
          addEventListener('message', ({ data }) => data.id === id && resolve(data));
          document.querySelector('iframe').contentWindow.postMessage({ avae: 1, id, method, args }, '*');
        });
    });
    await page.goto(server.url);
    await page.waitForFunction(() => window.heard.some(({ event }) => event === 'ready'));
    const { result: link } = await page.evaluate(() => ask('link'));
    assert.match(link, /^[\w-]{20,}$/);
    const { result: hash } = await page.evaluate(() => ask('pixelsHash'));
    const { result: picture } = await page.evaluate(() => ask('pixels'));
    assert.equal(sha256(Buffer.from(picture.data)), hash);
    assert.equal((await page.evaluate(() => ask('open', 'nonsense'))).result.ok, false);
    assert.equal((await page.evaluate((text) => ask('open', text), link)).result.ok, true);
    assert.equal((await page.evaluate(() => ask('models'))).result.length, readManifest().models.length);
    assert.deepEqual(await page.evaluate(() => ask('constructor')), { avae: 1, id: 8, ok: false, error: 'there is no method constructor' });
    const frame = page.frames()[1];
    assert.ok(await frame.locator('#full-page').isVisible());
    // Both ways out open the whole page in a tab of its own, with what is on show.
    for (const id of ['#full-page', '#brand']) {
      const [tab] = await Promise.all([profile.context.waitForEvent('page'), frame.locator(id).click()]);
      await settled(tab);
      assert.equal(tab.url(), `${server.url}site/#${link}`);
      assert.equal(await pixelsHash(tab), hash);
      assert.equal(await tab.evaluate(() => window.opener), null);
      assert.ok(await tab.locator('.tabs').isVisible());
      await tab.close();
    }
    assert.ok(frame.url().includes('?embed=1'), 'the frame stays');
    assert.ok(await frame.locator('.tabs').isHidden());
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

test('hosts: an embedded morph plays by itself, unless its address says paused or the visitor wants no motion', async () => {
  const { default: id } = readManifest();
  const opened = JSON.parse(readFileSync(new URL('../../golden/opened.json', import.meta.url), 'utf8'));
  // The last of a model's golden links is a morph.
  const { link } = opened.filter((each) => Buffer.from(each.link, 'base64url').subarray(3, 11).toString('hex') === id).at(-1);
  const server = await serve(SITE);
  const moves = async (address, options) => {
    const profile = await openProfile(server.origin, options);
    try {
      const { page } = profile;
      await visit(page, `${server.url}${address}#${link}`);
      const first = await page.evaluate(() => avae.link());
      const moved = page.waitForFunction((before) => avae.link() !== before, first, { timeout: 3000 }).then(() => true, () => false);
      // Who cannot see it can stop it.
      if (await moved) await page.waitForFunction(() => document.querySelector('[data-target="play"]')?.getAttribute('aria-label')?.startsWith('Pause'), null, { timeout: 3000 });
      assert.deepEqual(profile.faults, []);
      return await moved;
    } finally {
      await profile.close();
    }
  };
  try {
    assert.equal(await moves('?embed=1', {}), true);
    assert.equal(await moves('?embed=1&paused=1', {}), false);
    assert.equal(await moves('?embed=1', { reducedMotion: 'reduce' }), false);
    assert.equal(await moves('', {}), false);
  } finally {
    await server.close();
  }
});

test('hosts: a link to the drawing pad is embedded as its sample, with its morph if it has one', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visit(page, server.url);
    await page.click('nav [data-view=draw]');
    await page.waitForSelector('#draw:not([hidden])');
    await page.waitForFunction(() => location.hash.length > 10);
    await page.waitForTimeout(500);
    const link = await page.evaluate(() => avae.link());
    await page.goto('about:blank');
    await visit(page, `${server.url}?embed=1#${link}`);
    await page.waitForTimeout(500);
    assert.ok(await page.isHidden('#draw'));
    assert.equal(await page.evaluate(() => avae.pixelsHash()), await page.evaluate((old) => avae.open(old).then(() => avae.pixelsHash()), link));
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});

/** A decoder file like `bytes` with other weights: the signs of its last numbers are flipped. */
function otherWeights(bytes) {
  const copy = Buffer.from(bytes);
  for (let at = copy.length - 1 - (copy.length >> 12) * 2; at < copy.length; at += 2) copy[at] ^= 0x80;
  return copy;
}

test('hosts: a link to a model that is no longer current still opens', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-earlier-'));
  cpSync(SITE, folder, { recursive: true });
  const manifest = readManifest();
  const now = manifest.models.find(({ id }) => id === manifest.default);
  const bytes = otherWeights(readFileSync(path.join(SITE, now.decoder.path)));
  const hash = sha256(bytes);
  const decoder = { path: `models/${hash.slice(0, 16)}.decoder.safetensors`, bytes: bytes.length, sha256: hash };
  const earlier = { ...now, id: hash.slice(0, 16), current: false, decoder, encoder: null, discriminator: null };
  writeFileSync(path.join(folder, decoder.path), bytes);
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ ...manifest, models: [...manifest.models, earlier] }));
  const server = await serve(folder);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visit(page, server.url);
    const first = await pixelsHash(page);
    const offered = await page.locator('#model option').allInnerTexts();
    assert.ok(offered.every((text) => !text.includes('(earlier)')));
    const link = await linkOf(earlier.id, await page.evaluate(() => avae.link()));
    assert.equal((await page.evaluate((text) => avae.open(text), link)).ok, true);
    assert.notEqual(await pixelsHash(page), first);
    assert.equal(await page.locator('#model option:checked').innerText(), `${now.title} (earlier)`);
    await page.goto('about:blank');
    await visit(page, `${server.url}#${link}`);
    assert.equal(await page.evaluate(() => avae.link()), link);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

test('hosts: a model in training is offered, watched and swapped in', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-live-'));
  cpSync(SITE, folder, { recursive: true });
  const manifest = readManifest();
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ ...manifest, live: 'live/live.json' }));
  mkdirSync(path.join(folder, 'live'));
  const shipped = readFileSync(path.join(SITE, manifest.models.find(({ id }) => id === manifest.default).decoder.path));
  // The trainer publishes several times per epoch, so epochs are fractions.
  const publishStep = (step, epoch, bytes, done = false) => {
    const decoder = `decoder-${step}.safetensors`;
    writeFileSync(path.join(folder, 'live', decoder), bytes);
    const live = { version: 1, step, epoch, images_seen: epoch * 60000, decoder, sha256: sha256(bytes), bytes: bytes.length, done };
    writeFileSync(path.join(folder, 'live', 'new'), JSON.stringify(live));
    renameSync(path.join(folder, 'live', 'new'), path.join(folder, 'live', 'live.json'));
  };
  const server = await serve(folder);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await visit(page, server.url);
    const first = await pixelsHash(page);
    await page.waitForFunction(() => location.hash.length > 1);
    assert.ok(await page.locator('#badge').isHidden());

    publishStep(100, 1, otherWeights(shipped));
    await page.waitForFunction(() => document.getElementById('badge-text').textContent === 'learning: epoch 1, 60\u202f000 images');
    assert.equal(await pixelsHash(page), first);
    await page.locator('#badge-action').click();
    const untrained = await changed(page, first);
    const shareable = () => page.evaluate(() => [window.avae.link() !== '', ...Array.from(document.querySelectorAll('[data-share]'), (button) => !button.disabled)]);
    assert.deepEqual(await shareable(), [false, false, false]);
    const before = new URL(page.url()).hash;
    await page.waitForTimeout(600);
    assert.equal(new URL(page.url()).hash, before, 'the address keeps the last link that stays true');
    assert.ok(await page.locator('#badge-action').isHidden());

    publishStep(300, 3, shipped);
    await page.waitForFunction(() => document.getElementById('badge-text').textContent === 'learning: epoch 3, 180\u202f000 images');
    assert.equal(await changed(page, untrained), first);

    const known = `${manifest.models[0].id[0] === '0' ? '1' : '0'}${manifest.models[0].id.slice(1)}`;
    publishStep(400, 4, otherWeights(shipped), true);
    const trained = { ...manifest.models[0], id: known, decoder: { ...manifest.models[0].decoder, sha256: known + '0'.repeat(48) } };
    writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ ...manifest, models: [trained, ...manifest.models] }));
    await page.waitForFunction(() => document.getElementById('notice-message').textContent === 'Training is done.');
    assert.match(await page.locator('#badge-text').innerText(), /^learned: epoch 4/);
    const faults = profile.faults.filter((fault) => !/404/.test(fault)); // live.json did not exist at first
    assert.deepEqual(faults, []);
  } finally {
    await profile.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

test('hosts: a browser with no room left says so, and all works', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin);
  try {
    const { page, context } = profile;
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 200_000 });
    await visit(page, server.url);
    await page.waitForSelector('#notice:not([hidden])');
    assert.match(await page.textContent('#notice'), /no room left to keep the page.*Everything works/s);
    const before = await pixelsHash(page);
    await page.evaluate(() => document.getElementById('random').click());
    await changed(page, before);
    await page.reload();
    await settled(page);
    assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});

test('hosts: where there is room for the page but not for every model, the page is kept and nothing is said', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin);
  try {
    const { page, context } = profile;
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 2_500_000 });
    await visitAndKeep(page, server.url);
    const roles = readManifest().models.filter(({ current }) => current).flatMap((model) => [model.encoder, model.discriminator].filter(Boolean));
    const kept = await keptPaths(page);
    assert.ok(roles.some(({ path: name }) => kept.some((each) => each.includes(name))), 'what fits is kept');
    assert.ok(roles.some(({ path: name }) => !kept.some((each) => each.includes(name))), 'not all of it fits');
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
    const hash = await pixelsHash(page);
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
  } finally {
    await profile.close();
    await server.close();
  }
});

test('hosts: a share panel that cannot be fetched says so, and opens later', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  try {
    const { page } = profile;
    await page.route(/\/share-[^/]*\.js$/, (route) => route.abort());
    await visit(page, server.url);
    await page.locator('[data-share]:visible').click();
    await page.waitForSelector('#notice:not([hidden])');
    assert.match(await page.textContent('#notice'), /share panel cannot be opened/);
    await page.unroute(/\/share-[^/]*\.js$/);
    await page.locator('[data-share]:visible').click();
    await page.locator('#share').waitFor();
  } finally {
    await profile.close();
    await server.close();
  }
});
