// The loading bar: every byte that will come is announced, none twice, and what is on this device is no download.
import assert from 'node:assert/strict';
import test from 'node:test';

import { openProfile, visit, visitAndKeep } from '../browser.mjs';
import { SITE, firstLinks, linkOf, readManifest } from '../site.mjs';
import { siteFile } from '../../../web/manifest.mjs';
import { formatBytes } from '../../../web/progress.mjs';
import { serve } from '../static-server.mjs';

/** Writes down each state of the bar while the page loads. */
const watchBar = () => {
  window.bars = [];
  const note = () => {
    const bar = document.getElementById('loading');
    const text = document.getElementById('loading-text');
    if (!bar || !text) return; // the document is still being read
    window.bars.push({ hidden: bar.hidden, now: Number(bar.getAttribute('aria-valuenow')), text: text.textContent });
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['aria-valuenow', 'hidden'] });
};

const manifest = readManifest();
const sizeOf = (file) => file.gzipBytes;
const current = manifest.models.filter((model) => model.current);
const programs = ['core.wasm', 'ui.wasm'].map((name) => sizeOf(siteFile(manifest, name)));
const sum = (sizes) => sizes.reduce((all, size) => all + size, 0);

/** The states of the bar in a visit of `url` by `page`. → {totals, said, bars} */
async function barsOf(page, url) {
  await page.goto('about:blank');
  await visit(page, url);
  const bars = await page.evaluate(() => window.bars);
  const totals = new Set(bars.map(({ text }) => /^Loading .+ of (.+)$/.exec(text)?.[1]).filter(Boolean));
  return { bars, totals: [...totals] };
}

test('loading: the whole is announced before, and the bar only goes forward', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { serviceWorkers: 'block', setUp: (context) => context.addInitScript(watchBar) });
  try {
    const check = async (fragment, decoders) => {
      const { bars, totals } = await barsOf(profile.page, server.url + fragment);
      assert.deepEqual(totals, [formatBytes(sum([...programs, ...decoders.map(sizeOf)]))]);
      assert.ok(bars.every(({ now }, i) => i === 0 || now >= bars[i - 1].now), JSON.stringify(bars));
      assert.equal(bars.at(-1).now, 100);
    };
    const [link] = await firstLinks(1);
    await check('', current.map(({ decoder }) => decoder));
    await check(`#${link}`, [current[0].decoder]);
    // Which model another link is for is not known at once: the whole may change a little, the bar still goes forward.
    const { bars, totals } = await barsOf(profile.page, `${server.url}#${await linkOf(current[1].id, link)}`);
    assert.equal(totals.at(-1), formatBytes(sum([...programs, sizeOf(current[1].decoder)])));
    assert.ok(bars.every(({ now }, i) => i === 0 || now >= bars[i - 1].now), JSON.stringify(bars));
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});

test('loading: what this device has is not shown as a download', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { setUp: (context) => context.addInitScript(watchBar) });
  try {
    const { page } = profile;
    await visitAndKeep(page, server.url);
    const { bars, totals } = await barsOf(page, server.url);
    assert.deepEqual(totals, []);
    assert.ok(bars.some(({ hidden, text }) => hidden && text === 'Loading from this device…'));
    // One file gone: it alone is a download.
    await page.waitForFunction(() => window.kept); // this visit would bring it back
    const file = current[0].decoder;
    await page.evaluate(async (path) => {
      for (const name of await caches.keys()) await (await caches.open(name)).delete(path);
    }, `${file.path}.gz`);
    assert.deepEqual((await barsOf(page, server.url)).totals, [formatBytes(sizeOf(file))]);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});

test('loading: the picture of a link is on show before the playground has come', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  try {
    const { page } = profile;
    let release;
    const held = new Promise((resolve) => (release = resolve));
    let asked = false;
    await page.route('**/ui-*.wasm*', async (route) => {
      asked = true;
      await held;
      await route.continue();
    });
    const [link] = await firstLinks(1);
    await page.goto(`${server.url}#${link}`);
    await page.waitForSelector('body.painted');
    const lights = await page.evaluate(() => {
      const sample = document.getElementById('sample');
      const { data } = sample.getContext('2d').getImageData(0, 0, sample.width, sample.height);
      return new Set(data.filter((_, i) => i % 4 === 0)).size;
    });
    assert.ok(lights > 16, `a picture has many shades, this ${lights}`);
    assert.ok(await page.isVisible('#sample'));
    assert.notEqual(await page.evaluate(() => document.body.dataset.phase), 'ready');
    release();
    await page.waitForSelector('body[data-phase=ready]');
    assert.ok(asked);
    assert.equal(await page.evaluate(() => avae.link()), link);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
    await server.close();
  }
});
