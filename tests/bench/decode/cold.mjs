// How long, and how many bytes, a first visit takes: of our published site, and of the least page that onnxruntime-web
// needs for the same picture.
import path from 'node:path';

import { openProfile } from '../../browser/browser.mjs';
import { serve } from './server.mjs';
import { median } from './statistics.mjs';

const HERE = import.meta.dirname;
/** 10 Mbit/s down, 40 ms. */
const LINK = { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: -1 };

/** In the page, before its own scripts: notes when the first picture is drawn and when the playground is ready. */
function watch() {
  globalThis.times = {};
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (...args) {
    putImageData.apply(this, args);
    globalThis.times.picture ??= performance.now();
  };
  addEventListener('DOMContentLoaded', () => {
    const note = () => {
      if (['ready', 'basic', 'failed'].includes(document.body.dataset.phase))
        globalThis.times.ready ??= performance.now();
    };
    new MutationObserver(note).observe(document.body, { attributeFilter: ['data-phase'] });
    note();
  });
}

/**
 * A first visit with an empty profile. `until` is 'picture' or 'ready'; `slow` emulates the link.
 * → {picture, ready: milliseconds since the navigation began, began: that moment as Date.now()}
 */
async function visit(url, { until = 'picture', slow = false } = {}) {
  const profile = await openProfile(new URL(url).origin, { serviceWorkers: 'block' });
  try {
    const { page, context } = profile;
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    if (slow) await session.send('Network.emulateNetworkConditions', LINK);
    await page.goto(url);
    await page.waitForFunction((key) => globalThis.times[key] !== undefined, until, { timeout: 120_000 });
    if (until === 'ready' && (await page.evaluate(() => document.body.dataset.phase)) !== 'ready') {
      throw new Error('the published page did not become ready in Chromium: look at it with scripts/test page');
    }
    return await page.evaluate(() => ({ ...globalThis.times, began: performance.timeOrigin }));
  } finally {
    await profile.close();
  }
}

const sum = (entries) => entries.reduce((total, { bytes }) => total + bytes, 0);

/**
 * What one visit over a fast link asks the server for.
 * → {firstSample, playground: bytes until then, files: [{path, bytes}] before the first sample}
 */
async function siteBytes(server, url) {
  server.log.length = 0;
  const { picture, ready, began } = await visit(url, { until: 'ready' });
  const before = (time) => server.log.filter(({ at }) => at <= began + time);
  return {
    firstSample: sum(before(picture)),
    playground: sum(before(ready)),
    files: before(picture).map(({ path: name, bytes }) => ({ path: name, bytes })),
  };
}

/** Serves our `site` and the minimal page with `onnx` and its `input`. → {ours, theirs, close()}: servers */
async function serveBoth({ site, onnx, input, gzip }) {
  const ours = await serve({ mounts: { '/': site }, gzip });
  const files = new Map([
    ['/model.onnx', onnx],
    ['/latent.json', Buffer.from(JSON.stringify([...input]))],
  ]);
  const mounts = { '/': path.join(HERE, 'cold-page'), '/ort/': path.join(HERE, 'node_modules/onnxruntime-web/dist') };
  const theirs = await serve({ mounts, files, gzip });
  return { ours, theirs, close: () => Promise.all([ours.close(), theirs.close()]) };
}

/**
 * `visits` to each page over the slow link, in turns, after one to each over a fast one.
 * → {ours, theirs: median milliseconds to the first picture, times, bytes: of siteBytes(), theirBytes: until the first picture}
 */
export async function coldStart({ site, onnx, input, visits, gzip = false }) {
  const { ours, theirs, close } = await serveBoth({ site, onnx, input, gzip });
  try {
    const bytes = await siteBytes(ours, `${ours.origin}/`);
    theirs.log.length = 0;
    await visit(`${theirs.origin}/`);
    const theirBytes = sum(theirs.log);
    const times = { ours: [], theirs: [] };
    for (let i = 0; i < visits; i += 1) {
      times.ours.push((await visit(`${ours.origin}/`, { slow: true })).picture);
      times.theirs.push((await visit(`${theirs.origin}/`, { slow: true })).picture);
    }
    return { ours: median(times.ours), theirs: median(times.theirs), times, bytes, theirBytes };
  } finally {
    await close();
  }
}
