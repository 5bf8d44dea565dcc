// Where the page may find itself: on a host without https, in a frame, beside a training run.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { changed, openProfile, pixelsHash, settled, visit } from '../browser.mjs';
import { firstLinks, linkOf, readManifest, sha256, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

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

/** Runs in a page that has the playground in a frame: ask(method, ...args) → its answer; `heard` are all messages. */
function askable() {
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
}

test('hosts: in a frame it answers its parent, and nobody else', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-frame-'));
  cpSync(SITE, path.join(folder, 'site'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Host</title><link rel="icon" href="data:,"><iframe src="site/?embed=1" width="480" height="640"></iframe>');
  const server = await serve(folder);
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    await page.addInitScript(askable);
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

/** Calls use({ page, frame, answer }) in a page whose frame shows the site at `fragment`; requests like `pattern` wait for answer(done). */
async function withHeldFrame(fragment, pattern, use) {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  try {
    const { page } = profile;
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.addInitScript(askable);
    await page.route(pattern, async (route) => (await held)(route));
    const body = `<!doctype html><iframe src="./?embed=1${fragment}" width="480" height="640"></iframe>`;
    await page.route('**/host.html', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto(`${server.url}host.html`);
    const frame = page.frames()[1];
    await frame.waitForFunction(() => window.avae);
    assert.deepEqual(await frame.evaluate(() => [avae.link(), avae.models()]), ['', []], 'nothing is known yet');
    await use({ page, frame, answer });
  } finally {
    await profile.close();
    await server.close();
  }
}

test('hosts: in a frame that cannot begin, the parent is told why', () =>
  withHeldFrame('', '**/manifest.json', async ({ page, answer }) => {
    const asked = page.evaluate(() => Promise.all([ask('link'), ask('pixelsHash'), ask('ready')]));
    answer((route) => route.fulfill({ status: 404 }));
    const error = 'The site has no manifest (HTTP 404).';
    assert.deepEqual(await asked, [2, 3, 4].map((id) => ({ avae: 1, id, ok: false, error })));
  }));

const [one, another] = await firstLinks(2);
for (const [what, fragment] of [['at its opening', ''], ['at a link', `#${one}`]]) {
  test(`hosts: what a parent asks while the frame loads is answered once it shows something, ${what}`, () =>
    withHeldFrame(fragment, '**/models/*.decoder.*', async ({ page, frame, answer }) => {
      const asked = page.evaluate((link) => Promise.all([ask('pixelsHash'), ask('open', link), ask('ready'), ask('models')]), another);
      await page.waitForTimeout(1000);
      answer((route) => route.continue());
      const [hash, opened, ready, models] = await asked;
      assert.match(hash.result, /^[0-9a-f]{64}$/);
      assert.deepEqual([opened.result.ok, ready.result, models.result.length], [true, true, readManifest().models.length]);
      assert.deepEqual((await page.evaluate(() => ask('link'))).result, another);
      assert.notEqual((await page.evaluate(() => ask('pixelsHash'))).result, hash.result);
      assert.equal(await frame.evaluate(() => document.body.dataset.phase), 'ready');
    }));
}

test('hosts: a link that the address is given while the page loads is shown', () =>
  withHeldFrame(`#${one}`, '**/models/*.decoder.*', async ({ page, frame, answer }) => {
    await frame.evaluate((link) => (location.hash = link), another);
    await page.waitForTimeout(500);
    answer((route) => route.continue());
    await frame.evaluate(() => avae.ready);
    await frame.waitForFunction((link) => avae.link() === link, another);
    assert.equal(await frame.evaluate(() => document.body.dataset.phase), 'ready');
  }));

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
