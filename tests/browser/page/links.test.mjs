// Damaged links: a sentence, a next step, and the defaults.
import assert from 'node:assert/strict';
import test from 'node:test';

import { changed, pixelsHash, visit, visitSite } from '../browser.mjs';
import { SITE, firstLinks, linkOf, readManifest } from '../site.mjs';

let server;
let profile;
let page;
let link;
let defaults;
const site = visitSite(SITE, { serviceWorkers: 'block' }, async () => {
  ({ server, profile, page } = site);
  [link] = await firstLinks(1);
  defaults = await pixelsHash(page);
});

const [, second] = readManifest().models.filter(({ current }) => current);
const notice = () => page.locator('#notice').innerText();
const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

const LINKS = [
  ['text that is no link', () => 'hello'],
  ['characters outside the alphabet', () => 'Ä§$'],
  ['half a link', () => link.slice(0, link.length >> 1)],
  ['a link with a letter changed in its model', () => flip(link, 8)],
  ['a link with a letter changed in its latent', () => flip(link, link.length - 12)],
  ['a link of another version', () => flip(link, 0)],
  ['a link with something behind it', () => `${link}AAAA`],
  ['a link of endless length', () => 'A'.repeat(100_000)],
  ['a script', () => '"><img src=x onerror=alert(1)>'],
];

for (const [what, make] of LINKS) {
  test(`links: ${what} shows a message and the defaults`, async () => {
    await page.goto('about:blank');
    await visit(page, `${server.url}#${make()}`);
    assert.match(await notice(), /This link cannot be opened: .+\. .+/s);
    assert.equal(await pixelsHash(page), defaults);
    assert.equal(await page.evaluate(() => avae.link()), link);
  });
}

test('links: a link of another version is to be opened elsewhere, and is not said to be cut short', async () => {
  await page.goto('about:blank');
  await visit(page, `${server.url}#${flip(link, 0)}`);
  assert.match(await notice(), /^This link cannot be opened: version \d+ is unknown\. Open it with the site it was copied from\.$/);
});

test('links: a damaged link that arrives later shows a message and the defaults', async () => {
  await page.goto('about:blank');
  await visit(page, server.url);
  await page.evaluate(() => document.getElementById('random').click());
  const before_ = await changed(page, defaults);
  await page.evaluate(() => (location.hash = 'nonsense'));
  await changed(page, before_);
  assert.equal(await pixelsHash(page), defaults);
  assert.match(await notice(), /cannot be opened/);
  const answer = await page.evaluate(() => avae.open('nonsense'));
  assert.equal(answer.ok, false);
  assert.notEqual(answer.message, '');
  // What it falls back to is on show now; the address says so too the next time.
  await page.waitForFunction(() => location.hash === `#${avae.link()}`);
  const hash = await page.evaluate(() => location.hash);
  await page.evaluate(() => (location.hash = 'nonsense'));
  await page.waitForFunction((before) => location.hash === before, hash);
  // Emptied it is no bad link.
  await page.click('#notice-close');
  await page.evaluate(() => (location.hash = ''));
  await page.waitForFunction((before) => location.hash === before, hash);
  assert.ok(await page.isHidden('#notice'));
});

test('links: a message goes with the next thing done, once it has been there for long enough to be read', async () => {
  await page.evaluate(() => avae.open('nonsense'));
  const before_ = await pixelsHash(page);
  await page.evaluate(() => document.getElementById('random').click());
  await changed(page, before_);
  assert.ok(await page.isVisible('#notice'), 'nobody has read it by now');
  await page.waitForTimeout(4500);
  assert.ok(await page.isVisible('#notice'), 'nothing was done');
  await page.evaluate(() => document.getElementById('random').click());
  await page.waitForSelector('#notice', { state: 'hidden' });
});

test('links: a link of endless length that is pasted into the address shows a message and the defaults', async () => {
  await page.goto('about:blank');
  await visit(page, `${server.url}#${await linkOf(second.id, link)}`);
  assert.notEqual(await pixelsHash(page), defaults);
  await page.goto(`${server.url}#${link}${'A'.repeat(100_000)}`); // the page stays, only the fragment changes
  await page.waitForSelector('#notice:not([hidden])');
  assert.match(await notice(), /^This link cannot be opened: too long: 100\d{3} characters, at most \d+\. .+/);
  assert.equal(await pixelsHash(page), defaults);
  await page.evaluate(() => document.getElementById('random').click());
  await changed(page, defaults);
  await page.waitForFunction(() => location.hash.length < 300);
});

test('links: after all these links there is still no console message', () => {
  assert.deepEqual(profile.faults, []);
});
