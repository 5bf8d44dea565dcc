// The page kept on the visitor's device: without a network, published again, with no room left.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { PNG } from 'pngjs';

import { changed, openProfile, pixelsHash, settled, visit, visitAndKeep } from '../browser.mjs';
import { PROGRAM, readManifest, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

test('offline: after one visit the page works without a network', async () => {
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

/** Asks the service worker `times` at once to keep the site as it is now, and waits until it has tried as often. */
const askToKeep = (page, times = 1) =>
  page.evaluate(async (wanted) => {
    const { active } = await navigator.serviceWorker.ready;
    let count = 0;
    const answered = new Promise((resolve) => navigator.serviceWorker.addEventListener('message', () => (count += 1) === wanted && resolve()));
    for (let i = 0; i < wanted; i += 1) active.postMessage({ type: 'keep', paths: [], all: true });
    await answered;
  }, times);

const REPO = path.join(import.meta.dirname, '../../..');
/** Publishes the models of `folders` (names below web/models/, or paths) to `site`. */
function publish(site, ...folders) {
  const models = folders.flatMap((folder) => ['--model', path.resolve(REPO, 'web/models', folder)]);
  const template = ['--template', path.join(REPO, 'build/wasm/site-template')];
  execFileSync(PROGRAM, ['publish', ...models, '--map-points', '0', ...template, '--out', site], { stdio: ['ignore', 'ignore', 'inherit'] });
}

test('offline: what was not used in the first visit works without a network too: every model, drawing, comparing', async () => {
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

test('offline: a visitor who saves data keeps what was used, and no more', async () => {
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

test('offline: once the site is published again, the next visit keeps what is new and drops what is not listed', () =>
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

test('offline: a publishing that is cut off leaves the site that was kept', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const hash = await pixelsHash(page);
    // A new manifest and page, whose files did not come through.
    const manifest = JSON.parse(readFileSync(path.join(site, 'manifest.json'), 'utf8'));
    manifest.files.push({ path: 'new-01234567.js', bytes: 3, sha256: '0'.repeat(64) });
    writeFileSync(path.join(site, 'manifest.json'), JSON.stringify(manifest));
    const script = manifest.files.find((file) => /^main-/.test(file.path)).path;
    writeFileSync(path.join(site, 'index.html'), `<!doctype html><title>new</title><template><script type="module" src="${script}"></script></template>`);
    await page.goto(server.url);
    assert.equal(await page.title(), 'new');
    await askToKeep(page);
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
  }));

test('offline: a page that is not of the manifest beside it is not kept', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const hash = await pixelsHash(page);
    const kept = await keptPaths(page);
    const index = readFileSync(path.join(site, 'index.html'), 'utf8');
    for (const html of ['<!doctype html><title>Log in to this network</title>', ...['main', 'styles'].map((name) => index.replace(new RegExp(`${name}-[0-9a-f]{8}`), `${name}-01234567`))]) {
      writeFileSync(path.join(site, 'index.html'), html);
      await askToKeep(page);
      assert.deepEqual(await keptPaths(page), kept);
    }
    await server.close();
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
  }));

test('offline: what a tab of the publishing before may still ask for stays until the next one', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    const MODULE = /share-[0-9a-f]{8}[.]js/;
    /** As a new version of avae would publish: other files under other names. */
    const publishAs = (version) => {
      for (const name of readdirSync(site).filter((each) => MODULE.test(each) || /^main-.*[.]js$/.test(each) || /^(index[.]html|manifest[.]json)$/.test(each))) {
        const to = (text) => text.replace(/(share|main)-[0-9a-f]{8}(?=[.]js)/g, `$1-${String(version).repeat(8)}`);
        const text = readFileSync(path.join(site, name), 'utf8');
        rmSync(path.join(site, name));
        writeFileSync(path.join(site, to(name)), to(text));
      }
    };
    const shares = async () => (await keptPaths(page)).map((name) => MODULE.exec(name)?.[0]).filter(Boolean).sort();
    await visitAndKeep(page, server.url);
    const [first] = await shares();
    publishAs(1);
    await askToKeep(page);
    assert.deepEqual(await shares(), [first, 'share-11111111.js'].sort());
    await askToKeep(page); // the same publishing again changes nothing
    assert.deepEqual(await shares(), [first, 'share-11111111.js'].sort());
    publishAs(2);
    await askToKeep(page, 2);
    assert.deepEqual(await shares(), ['share-11111111.js', 'share-22222222.js']);
  }));

test('offline: while the host answers with errors, the site that was kept is shown', () =>
  withPublished(['fashion-vae'], async ({ page, site, server }) => {
    await visitAndKeep(page, server.url);
    const hash = await pixelsHash(page);
    for (const name of ['index.html', 'manifest.json']) rmSync(path.join(site, name));
    await page.goto('about:blank');
    await visit(page, server.url);
    assert.equal(await pixelsHash(page), hash);
    assert.ok(await page.isHidden('#notice'), await page.textContent('#notice-message'));
  }));

test('offline: a browser with no room left says so, and all works', async () => {
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

test('offline: where there is room for the page but not for every model, the page is kept and nothing is said', async () => {
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
