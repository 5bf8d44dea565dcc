// Chromium for the tests: fresh profiles that watch for anything the page should never do.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';

import { chromium } from 'playwright-core';

import { firstLinks } from './site.mjs';
import { serve } from './static-server.mjs';

const EXECUTABLE = process.env.AVAE_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/**
 * A browser with an empty profile. `options` are those of a context (viewport, deviceScaleFactor, colorScheme…), besides
 * `flags` for the command line and `setUp(context)` before the first page. → {page, context, faults, close()}.
 * `faults` collects console errors, page errors, policy violations and requests to other origins than `origin`.
 */
export async function openProfile(origin, { flags = [], setUp = async () => {}, ...options } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-profile-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: EXECUTABLE,
    args: [...FLAGS, ...flags],
    chromiumSandbox: process.getuid?.() !== 0,
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const faults = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data|about):/.test(url)) faults.push(`request to ${url}`);
  });
  context.on('console', (message) => {
    if (message.text().includes('blocked by Playwright')) return; // its own remark on serviceWorkers: 'block'
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`page error: ${error.error().message}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await setUp(context);
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    page,
    context,
    faults,
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }); // the browser may still be writing there
    },
  };
}

/** Opens `url` and waits for the first sample and for the playground (or what stands in for it) around it. */
export async function visit(page, url) {
  await page.goto(url);
  await settled(page);
}

/**
 * For a file whose tests share one visit of the site in `folder`: opens a sample there, whatever the site opens with, before them and closes
 * it after them.
 * → an object that has {server, profile, page} while tests run. `options` as openProfile()'s; `further(page)` belongs to the opening.
 */
export function visitSite(folder, options = {}, further = async () => {}) {
  const site = {};
  before(async () => {
    site.server = await serve(folder);
    site.profile = await openProfile(site.server.origin, options);
    site.page = site.profile.page;
    await visit(site.page, `${site.server.url}#${(await firstLinks(1))[0]}`);
    await further(site.page);
  });
  after(async () => {
    await site.profile?.close();
    await site.server?.close();
  });
  return site;
}

/** Waits until the page has finished loading, one way or the other. */
export async function settled(page) {
  await page.waitForFunction(() => ['ready', 'basic', 'failed'].includes(document.body.dataset.phase));
}

/** Opens `url` and waits until the service worker has kept what it is going to. */
export async function visitAndKeep(page, url) {
  await page.addInitScript(() => navigator.serviceWorker?.addEventListener('message', ({ data }) => (window.kept ||= data.type === 'kept')));
  await visit(page, url);
  await page.waitForFunction(() => window.kept);
}

/** SHA-256 of the current sample's pixels. */
export const pixelsHash = (page) => page.evaluate(() => avae.pixelsHash());

/** Waits until the current sample's pixels are others than `before`. → their hash */
export async function changed(page, before) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const now = await pixelsHash(page);
    if (now !== before) return now;
    if (Date.now() > deadline) throw new Error(`the pixels are still ${before}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}
