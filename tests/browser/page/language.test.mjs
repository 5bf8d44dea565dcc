// Languages and scripts: Chinese where the browser or the visitor wishes it, class names that no built-in font has.
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { openProfile, visit } from '../browser.mjs';
import { SCREENSHOTS, SITE, firstLinks, readManifest } from '../site.mjs';
import { serve } from '../static-server.mjs';

let server;
before(async () => (server = await serve(SITE)));
after(() => server?.close());

async function inProfile(options, run) {
  const profile = await openProfile(server.origin, options);
  try {
    await run(profile.page, profile);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
  }
}

test('language: a Chinese browser gets Chinese, in the document and in what is drawn', () =>
  inProfile({ locale: 'zh-CN' }, async (page) => {
    await visit(page, `${server.url}#${(await firstLinks(1))[0]}`);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh');
    assert.equal(await page.textContent('[data-view=map] span'), '地图');
    assert.equal(await page.getAttribute('#share-close', 'aria-label'), '关闭');
    await page.waitForFunction(() => document.getElementById('alternative').textContent.includes('T恤'));
    assert.equal(await page.textContent('#class option:nth-child(2)'), '裤子');
    await page.screenshot({ path: path.join(SCREENSHOTS, 'chinese-1440.png') });
    // The link and the pixels are the same in every language.
    const [link, hash] = await page.evaluate(async () => [window.avae.link(), await window.avae.pixelsHash()]);
    await inProfile({ locale: 'en-GB' }, async (english) => {
      await visit(english, `${server.url}#${link}`);
      assert.equal(await english.evaluate(() => window.avae.pixelsHash()), hash);
      assert.equal(await english.textContent('[data-view=map] span'), 'Map');
    });
  }));

test('language: the button changes it, for later visits too, and keeps the sample', () =>
  inProfile({ locale: 'en-US' }, async (page) => {
    await visit(page, server.url);
    await page.evaluate(() => document.getElementById('random').click());
    await page.waitForFunction(() => location.hash.length > 10);
    await page.waitForTimeout(600);
    const before = await page.evaluate(() => window.avae.pixelsHash());
    assert.equal(await page.textContent('#language'), '中文');
    await Promise.all([page.waitForNavigation(), page.click('#language')]);
    await page.waitForFunction(() => document.body.dataset.phase === 'ready');
    assert.equal(await page.textContent('#language'), 'English');
    assert.equal(await page.textContent('[data-view=morph] span'), '变形');
    assert.equal(await page.evaluate(() => window.avae.pixelsHash()), before);
    await visit(page, server.url);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh');
  }));

test('language: ?lang= decides, and errors are told in it', () =>
  inProfile({ locale: 'en-US' }, async (page) => {
    const wrong = { AQAA: /链接可能被截断了/, AAAA: /^请在复制它的网站上打开。$/ }; // cut short, of a version that is not known
    for (const [link, next] of Object.entries(wrong)) {
      await visit(page, `${server.url}?lang=zh#${link}`);
      assert.match(await page.textContent('#notice-message'), /^无法打开此链接：/);
      assert.match(await page.textContent('#notice-next'), next);
      await page.goto('about:blank');
    }
  }));

test('language: what is wrong with a site is told in it too', async () => {
  const [{ id }] = readManifest().models;
  const wrong = [
    ['**/manifest.json', (route) => route.fulfill({ body: '{"version":1,"models":[{"id":"abc"}]}' }), /^站点的清单已损坏：models\[0\]\.id 是 "abc"，应为16 位十六进制数。\s+请重新发布站点。$/],
    ['**/manifest.json', (route) => route.fulfill({ status: 404 }), /^站点没有清单文件（HTTP 404）。/],
    [`**/models/${id}.decoder.*`, (route) => route.fulfill({ status: 404 }), /^无法打开 Fashion AVAE：无法获取 models\/.+（HTTP 404）。\s+改为显示 Fashion GAN。$/],
  ];
  for (const [pattern, answer, said] of wrong) {
    const profile = await openProfile(server.origin, { locale: 'zh-CN', serviceWorkers: 'block' });
    try {
      await profile.page.route(pattern, answer);
      await visit(profile.page, server.url);
      assert.match((await profile.page.innerText('#notice')).trim(), said);
    } finally {
      await profile.close();
    }
  }
});

test('language: the gallery is in it, and without scripts in English', async () => {
  const titles = ({ page }) => page.$$eval('h1, .cards span', (all) => all.map((each) => each.textContent));
  const open = async (options, check) => {
    const profile = await openProfile(server.origin, { locale: 'zh-CN', ...options });
    try {
      await profile.page.goto(`${server.url}gallery.html`);
      await check(profile);
      assert.deepEqual(profile.faults, []);
    } finally {
      await profile.close();
    }
  };
  await open({}, async (profile) => {
    await profile.page.waitForFunction(() => document.title === '图库 · AVAE');
    assert.equal(await profile.page.evaluate(() => document.documentElement.lang), 'zh');
    const all = await titles(profile);
    assert.equal(all[0], '图库');
    assert.ok(all.includes('一条夏日连衣裙'), all.join());
    assert.ok(all.every((text) => !/[a-z]{3}/.test(text)), all.join());
    await profile.page.screenshot({ path: path.join(SCREENSHOTS, 'gallery-chinese.png') });
  });
  await open({ javaScriptEnabled: false }, async (profile) => {
    assert.ok((await titles(profile)).includes('A summer dress'));
    await profile.page.click('.cards a');
    assert.match(await profile.page.innerText('main'), /Open in the playground 在游乐场中打开/);
  });
});

test('language: what ?lang= says goes along to the gallery, to a picture of it, and back', async () => {
  const profile = await openProfile(server.origin);
  try {
    const { page } = profile;
    const speaks = () => page.evaluate(() => document.documentElement.lang);
    await visit(page, `${server.url}?lang=zh`);
    await page.click('#gallery-link');
    await page.waitForFunction(() => document.title === '图库 · AVAE');
    await page.click('.cards a');
    await page.waitForFunction(() => document.body.dataset.phase === 'ready');
    assert.equal(await speaks(), 'zh');
    assert.match(page.url(), /[?]lang=zh#./);
    await page.click('header [data-share]:visible');
    assert.match(await page.getAttribute('#gallery-too a', 'href'), /[?]lang=zh$/);
    assert.doesNotMatch(await page.inputValue('#share-link'), /lang/); // who gets it has a language of their own
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
  }
});

test('language: a catalogue that cannot be fetched leaves English and says so', async () => {
  const profile = await openProfile(server.origin, { locale: 'zh-CN' });
  try {
    await profile.page.route(/zh-[0-9a-f]+\.json/, (route) => route.abort());
    await visit(profile.page, server.url);
    assert.equal(await profile.page.textContent('[data-view=map] span'), 'Map');
    assert.match(await profile.page.textContent('#notice-message'), /cannot be fetched/);
  } finally {
    await profile.close();
  }
});
