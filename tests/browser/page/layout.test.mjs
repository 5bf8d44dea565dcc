// Sizes and pixel ratios: nothing scrolls sideways, targets are large enough, the canvas is as sharp as the screen.
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { openProfile, visit } from '../browser.mjs';
import { SCREENSHOTS, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

let server;
before(async () => {
  server = await serve(SITE);
});
after(() => server?.close());

const phone = { hasTouch: true, isMobile: true };
const SCREENS = [
  ['phone-360', { viewport: { width: 360, height: 780 }, ...phone }],
  ['phone-360@2', { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, ...phone }],
  ['phone-360@3', { viewport: { width: 360, height: 780 }, deviceScaleFactor: 3, ...phone }],
  ['phone-on-its-side', { viewport: { width: 780, height: 360 }, deviceScaleFactor: 2, ...phone }],
  ['tablet-768', { viewport: { width: 768, height: 1024 } }],
  ['desktop-1440', { viewport: { width: 1440, height: 900 } }],
  ['desktop-1440@2', { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 2 }],
];

for (const [name, options] of SCREENS) {
  for (const colorScheme of ['dark', 'light']) {
    test(`layout: ${name} ${colorScheme}`, async () => {
      const profile = await openProfile(server.origin, { ...options, colorScheme });
      try {
        const { page } = profile;
        await visit(page, server.url);
        const ratio = options.deviceScaleFactor ?? 1;
        const { width } = options.viewport;
        const facts = await page.evaluate(() => {
          // Everything that may be in the header is, at its widest.
          document.getElementById('badge').hidden = false;
          document.getElementById('badge-text').textContent = 'learning: epoch 100, 6\u202f000\u202f000 images';
          document.getElementById('badge-action').hidden = false;
          document.getElementById('badge-action').textContent = 'Watch';
          const canvas = document.getElementById('play');
          const box = canvas.getBoundingClientRect();
          const root = document.scrollingElement;
          const controls = [...document.querySelectorAll('header button, header select')].filter((each) => each.offsetParent);
          return {
            scroll: [root.scrollWidth, root.scrollHeight],
            client: [root.clientWidth, root.clientHeight],
            canvas: [canvas.width, canvas.height, box.width, box.height],
            outside: controls.filter((each) => each.getBoundingClientRect().right > innerWidth).length,
            badge: document.getElementById('badge').getBoundingClientRect().toJSON(),
            small: controls.filter((each) => each.getBoundingClientRect().height < 44 && each.id !== 'badge-action').map((each) => each.textContent || each.id),
          };
        });
        assert.deepEqual(facts.scroll, facts.client, 'the page scrolls');
        assert.equal(facts.outside, 0);
        assert.ok(facts.badge.left >= 0 && facts.badge.right <= width, JSON.stringify(facts.badge));
        await page.evaluate(() => (document.getElementById('badge').hidden = true));
        const [pixelsWide, pixelsHigh, wide, high] = facts.canvas;
        assert.ok(Math.abs(wide - width) < 1);
        assert.ok(Math.abs(pixelsWide - wide * ratio) <= 1 && Math.abs(pixelsHigh - high * ratio) <= 1, `canvas ${facts.canvas}`);
        if (options.isMobile && width < 600) assert.deepEqual(facts.small, []);
        // Pictures of the carpet come one by one: take the screenshot when two in a row are equal.
        let shot = await page.screenshot();
        for (let tries = 0; tries < 20; tries += 1) {
          const again = await page.screenshot();
          if (again.equals(shot)) break;
          shot = again;
        }
        await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
        await page.locator('[data-view=morph]').click();
        await page.waitForSelector('[data-view=morph][aria-pressed=true]');
        await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${colorScheme}-morph.png`) });
        await page.locator('[data-share]:visible').click();
        await page.waitForSelector('#share[open]');
        await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${colorScheme}-share.png`) });
        const dialog = await page.locator('#share').boundingBox();
        assert.ok(dialog.x >= 0 && dialog.x + dialog.width <= width && dialog.y >= 0, JSON.stringify(dialog));
        assert.deepEqual(profile.faults, []);
      } finally {
        await profile.close();
      }
    });
  }
}

test('layout: the header has room in every width, in both languages', async () => {
  const profile = await openProfile(server.origin);
  try {
    for (const language of ['en', 'zh']) {
      await visit(profile.page, `${server.url}?lang=${language}`);
      for (const width of [320, 360, 599, 600, 680, 768, 899, 900, 960, 1023, 1024, 1100, 1280]) {
        await profile.page.setViewportSize({ width, height: 800 });
        await profile.page.waitForTimeout(100);
        const beyond = await profile.page.evaluate(() => {
          const shown = [...document.querySelectorAll('.bar :is(a, button, select)')].filter((each) => each.checkVisibility()).map((each) => [each, each.getBoundingClientRect()]);
          const faults = shown.filter(([each, { left, right, width }]) => left < 0 || right > innerWidth || (each.tagName === 'SELECT' && width < 80)).map(([each]) => each.textContent.trim());
          for (const [i, [one, a]] of shown.entries()) for (const [other, b] of shown.slice(i + 1)) if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) faults.push(`${one.textContent.trim()} over ${other.textContent.trim()}`);
          return faults;
        });
        assert.deepEqual(beyond, [], `${language} ${width}`);
      }
    }
  } finally {
    await profile.close();
  }
});
