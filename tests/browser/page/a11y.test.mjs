// Without eyes, without a pointer: names and values in the accessibility tree, everything by keyboard, focus seen, no traps.
import assert from 'node:assert/strict';
import test from 'node:test';

import { changed, openProfile, pixelsHash, visit, visitSite } from '../browser.mjs';
import { SITE, firstLinks } from '../site.mjs';

const followed = (page) => page.waitForFunction(() => document.querySelector('[data-target="direction-0"]') && document.querySelector('[data-target="tile-20"]'));
const site = visitSite(SITE, {}, followed);

/** The accessibility tree as screen readers get it: [{role, name, value, disabled, pressed}], without what is ignored. */
async function tree(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const property = (node, name) => node.properties?.find((each) => each.name === name)?.value.value;
  return nodes
    .filter((node) => !node.ignored)
    .map((node) => ({
      role: node.role?.value,
      name: node.name?.value ?? '',
      value: property(node, 'valuetext') ?? node.value?.value,
      pressed: property(node, 'pressed'),
    }));
}

test('a11y: classes, sliders and pictures are in the tree with names and values', async () => {
  const nodes = await tree(site.page);
  const of = (role, name) => nodes.find((node) => node.role === role && node.name === name);
  assert.equal(of('button', 't-shirt').pressed, 'true');
  assert.equal(of('button', 'sneaker').pressed, 'false');
  assert.ok(of('slider', 'brightness'), 'a slider called brightness');
  assert.ok(of('slider', 'change 1'), 'sliders that are scrolled away');
  assert.match(await site.page.getAttribute('[data-target="direction-0"]', 'aria-valuetext'), /^(0|[+-]\d+\.\d\d)$/);
  for (const name of ['Random', 'Variation 1', 'Share', 'Map']) assert.ok(of('button', name), name);
  const nameless = nodes.filter(({ role, name }) => ['button', 'slider', 'combobox', 'application', 'textbox'].includes(role) && !name);
  assert.deepEqual(nameless, []);
});

test('a11y: the live text says what is on show, and how real', async () => {
  await site.page.waitForFunction(() => /^t-shirt, sample 1 of fashion-avae, \d+ % real$/.test(document.getElementById('alternative').textContent));
  assert.ok((await tree(site.page)).some(({ role, name }) => role === 'status' || name.includes('% real')));
});

test('a11y: Tab reaches every part and comes round again; the focus is always seen and on the screen', async () => {
  const { page } = site;
  await page.evaluate(() => document.activeElement.blur());
  const reached = [];
  let round = false;
  for (let i = 0; i < 120 && !round; i += 1) {
    await page.keyboard.press('Tab');
    await page.waitForTimeout(20);
    const now = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === document.body) return null;
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const { outlineStyle, outlineWidth, clipPath } = getComputedStyle(element);
      return { what: element.dataset.target ?? (element.id || element.textContent.trim()), left, right, top, bottom, outline: `${outlineStyle} ${outlineWidth}`, clipPath };
    });
    if (!now) {
      round = reached.length > 10; // the browser's own bar, in a window that has one
      continue;
    }
    if (reached[0]?.what === now.what) round = true;
    reached.push(now);
  }
  assert.ok(round, 'Tab comes round');
  const names = reached.map(({ what }) => what);
  for (const name of ['random', 'class-0', 'class-9', 'variation-0', 'direction-0', 'add-keyframe']) assert.ok(names.includes(name), `${name} in ${names}`);
  assert.equal(names.filter((name) => name.startsWith('tile-')).length, 1, 'one stop for the whole gallery');
  await page.waitForTimeout(400);
  for (const each of reached) {
    assert.match(each.outline, /solid [1-9]/, `${each.what} shows the focus`);
    assert.equal(each.clipPath, 'none', `${each.what} is not clipped`);
  }
});

test('a11y: by keyboard a class, a slider, a variation and a picture of the gallery change the sample', async () => {
  const { page } = site;
  const element = (name) => page.locator(`[data-target="${name}"]`);
  let hash = await pixelsHash(page);
  await element('class-7').focus();
  await page.keyboard.press('Enter');
  hash = await changed(page, hash);
  await page.waitForFunction(() => document.querySelector('[data-target="class-7"]').getAttribute('aria-pressed') === 'true');
  await element('direction-0').focus();
  const before = await element('direction-0').inputValue();
  for (let i = 0; i < 12; i += 1) await page.keyboard.press('ArrowRight');
  hash = await changed(page, hash);
  await page.waitForFunction((value) => document.querySelector('[data-target="direction-0"]').value > value, Number(before) + 8);
  await element('variation-1').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.target), 'variation-2');
  await page.keyboard.press('Space');
  hash = await changed(page, hash);
  await element('tile-0').focus();
  await page.keyboard.press('ArrowDown');
  assert.match(await page.evaluate(() => document.activeElement.dataset.target), /^tile-\d\d?$/);
  await page.keyboard.press('Enter');
  hash = await changed(page, hash);
  await page.keyboard.press('Control+z');
  await changed(page, hash);
});

test('a11y: keys are heard wherever the focus is, but for texts and dialogs', async () => {
  const { page } = site;
  await page.evaluate(() => document.activeElement.blur());
  let hash = await pixelsHash(page);
  await page.keyboard.press('r'); // nothing has the focus
  hash = await changed(page, hash);
  await page.locator('[data-view="shape"]').focus();
  await page.keyboard.press('r');
  hash = await changed(page, hash);
  await page.keyboard.press('Control+z');
  hash = await changed(page, hash);
  await page.locator('[data-share]:visible').click();
  await page.waitForSelector('#share[open]');
  await page.locator('#share-link').focus();
  await page.keyboard.press('r');
  await page.locator('#share-close').focus();
  await page.keyboard.press('r');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#share:not([open])', { state: 'attached' });
  await page.waitForTimeout(500);
  assert.equal(await pixelsHash(page), hash, 'the share panel keeps its keys');
});

test('a11y: Tab comes to the map and to the pad before the sliders', async () => {
  const { page } = site;
  const comesBefore = (first, then) => page.waitForFunction(([a, b]) => {
    const [one, two] = [document.querySelector(a), document.querySelector(b)];
    return one && two && (one.compareDocumentPosition(two) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  }, [first, then]);
  await page.locator('[data-view="map"]').click();
  await comesBefore('[data-target="map"]', '[data-target="direction-0"]');
  await page.locator('[data-view="draw"]').click();
  await page.waitForSelector('.pad');
  await comesBefore('.pad', '[data-target="direction-0"]');
  await page.locator('[data-view="shape"]').click();
  await comesBefore('[data-target="direction-0"]', '[data-target="tile-0"]');
});

test('a11y: how many keyframes there are is said', async () => {
  const { page } = site;
  const said = () => page.evaluate(() => Number(/keyframes: (\d+)$/.exec(document.getElementById('alternative').textContent)?.[1] ?? 0));
  const saidIs = (count) => page.waitForFunction((text) => document.getElementById('alternative').textContent.endsWith(text), count ? `, keyframes: ${count}` : '% real');
  const before = await said();
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('k');
  await saidIs(before + 1);
  await page.waitForSelector('[data-command="undo"]:not([disabled])');
  await page.keyboard.press('Control+z');
  await saidIs(before);
});

test('a11y: a blend has a slider for each of its classes', async () => {
  const { page } = site;
  const element = (name) => page.locator(`[data-target="${name}"]`);
  const press = (name) => element(name).focus().then(() => page.keyboard.press('Enter'));
  await press('class-7');
  await press('blend');
  await press('class-9');
  await element('weight-7').waitFor({ state: 'attached' });
  assert.equal(await element('weight-7').getAttribute('aria-label'), 'sneaker');
  assert.equal(await element('weight-7').getAttribute('aria-valuetext'), '50 %');
  const hash = await pixelsHash(page);
  await element('weight-7').focus();
  for (let i = 0; i < 40; i += 1) await page.keyboard.press('ArrowLeft');
  await changed(page, hash);
  await page.waitForFunction(() => document.querySelector('[data-target="weight-9"]').getAttribute('aria-valuetext') === '54 %');
  await press('class-9');
  await element('weight-7').waitFor({ state: 'detached' });
  await press('blend');
});

test('a11y: what the models are good at, and how real their pictures look, can be read', async () => {
  const { page } = site;
  await page.click('[data-view=compare]');
  await page.locator('.drawn-controls > p', { hasText: /^Fashion VAE, realism \d+ %$/ }).waitFor({ state: 'attached' });
  const tree = await page.locator('main').ariaSnapshot();
  for (const words of ['Crisp, varied, and it can read your picture too.', 'Reads pictures most closely', 'leaves out what it finds hard', 'Fashion AVAE, realism']) {
    assert.ok(tree.includes(words), `${words} in ${tree}`);
  }
  await page.click('[data-view=shape]');
});

test('a11y: by keyboard a slider is locked, and random draws keep it', async () => {
  const { page } = site;
  const element = (name) => page.locator(`[data-target="${name}"]`);
  const press = async (name) => {
    await element(name).waitFor({ state: 'attached' });
    await element(name).focus();
    await page.keyboard.press('Enter');
  };
  await press('locks');
  await press('lock-direction-0');
  await page.waitForFunction(() => document.querySelector('[data-target="lock-direction-0"]').getAttribute('aria-pressed') === 'true');
  const value = Number(await element('direction-0').inputValue());
  for (let i = 0; i < 3; i += 1) {
    const hash = await pixelsHash(page);
    await page.keyboard.press('r');
    await changed(page, hash);
    assert.ok(Math.abs(Number(await element('direction-0').inputValue()) - value) <= 1);
  }
  await press('lock-direction-0');
  await press('locks');
  await element('lock-direction-0').waitFor({ state: 'detached' });
});

test('a11y: a slider that is scrolled away comes into sight when it has the focus', async () => {
  const { page } = site;
  const last = page.locator('.drawn-controls > input').last();
  const name = await page.evaluate(() => [...document.querySelectorAll('[data-target^="direction-"]')].at(-1).dataset.target);
  await page.locator(`[data-target="${name}"]`).focus();
  await page.waitForFunction((which) => {
    const box = document.querySelector(`[data-target="${which}"]`).getBoundingClientRect();
    return box.height > 8 && box.bottom <= innerHeight;
  }, name);
  assert.ok(last);
});

test('a11y: the map by keyboard: arrows walk, and the sample follows', async () => {
  const { page } = site;
  await page.click('[data-view=map]');
  const map = page.locator('[data-target="map"]');
  await map.waitFor({ state: 'attached' });
  const hash = await pixelsHash(page);
  await map.focus();
  for (let i = 0; i < 4; i += 1) {
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(60);
  }
  await changed(page, hash);
  await page.keyboard.press('Tab');
  assert.notEqual(await page.evaluate(() => document.activeElement.dataset.target), 'map', 'Tab leaves the map');
  await page.click('[data-view=shape]');
});

test('a11y: with reduced motion nothing moves by itself', async () => {
  const profile = await openProfile(site.server.origin, { reducedMotion: 'reduce' });
  try {
    await visit(profile.page, `${site.server.url}#${(await firstLinks(1))[0]}`);
    await followed(profile.page);
    const frames = await profile.page.evaluate(async () => {
      const original = requestAnimationFrame;
      let count = 0;
      window.requestAnimationFrame = (callback) => original((time) => { count += 1; callback(time); });
      document.querySelector('[data-target="random"]').click();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      window.requestAnimationFrame = original;
      return count;
    });
    assert.ok(frames < 30, `${frames} frames for one press`);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
  }
});

test('a11y: with forced colours drawn texts are written once, and the view that is on is marked', async () => {
  const profile = await openProfile(site.server.origin, { forcedColors: 'active' });
  try {
    await visit(profile.page, `${site.server.url}#${(await firstLinks(1))[0]}`);
    await followed(profile.page);
    const seen = await profile.page.evaluate(() => ({
      forced: matchMedia('(forced-colors: active)').matches,
      drawn: [...document.querySelectorAll('.drawn-controls > *')].map((each) => getComputedStyle(each).color),
      marked: [...document.querySelectorAll('.tabs button')].filter((each) => getComputedStyle(each).textDecorationLine === 'underline').map((each) => each.dataset.view),
    }));
    assert.ok(seen.forced);
    assert.deepEqual([...new Set(seen.drawn)], ['rgba(0, 0, 0, 0)']);
    assert.deepEqual(seen.marked, ['shape']);
    // What can be pressed has an edge.
    await profile.page.click('nav [data-view=draw]');
    await profile.page.waitForSelector('#draw:not([hidden])');
    await profile.page.click('.share-button');
    await profile.page.waitForSelector('#share[open]');
    const bare = await profile.page.evaluate(() =>
      [...document.querySelectorAll('#share button, #share input, #share, #draw button, .actions button')].filter((each) => each.checkVisibility() && getComputedStyle(each).borderTopStyle === 'none').map((each) => each.id || each.className));
    assert.deepEqual(bare, []);
    assert.equal(await profile.page.evaluate(() => getComputedStyle(document.getElementById('draw-pen')).appearance), 'auto');
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
  }
});

test('a11y: the keyboard stays where it was when what it pressed goes or can do no more', async () => {
  const { page } = site;
  const focused = () => page.evaluate(() => document.activeElement.dataset.target ?? document.activeElement.dataset.command ?? document.activeElement.tagName);
  await page.click('nav [data-view=morph]');
  await page.waitForSelector('[data-target="start-morph"]', { state: 'attached' });
  await page.focus('[data-target="start-morph"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-target="keyframe-3"]', { state: 'attached' });
  await page.waitForTimeout(700);
  assert.notEqual(await focused(), 'BODY');
  await page.focus('[data-target="remove-keyframe"]');
  for (let i = 0; i < 4; i += 1) {
    await page.locator('[data-target="keyframe-0"]').evaluate((button) => button.click());
    await page.waitForTimeout(400);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(400);
  }
  assert.equal(await focused(), 'remove-keyframe');
  await page.focus('[data-command=undo]');
  for (let i = 0; i < 40 && (await page.getAttribute('[data-command=undo]', 'aria-disabled')) !== 'true'; i += 1) {
    await page.keyboard.press('Enter');
    await page.waitForTimeout(50);
  }
  assert.equal(await page.getAttribute('[data-command=undo]', 'aria-disabled'), 'true');
  assert.equal(await focused(), 'undo');
  await page.keyboard.press('Tab');
  assert.ok(await page.isDisabled('[data-command=undo]'));
  await page.click('nav [data-view=shape]');
});

test('a11y: no two controls of a view have one name, and what has loaded is not said to load', async () => {
  await site.page.waitForSelector('[data-target="gallery-all"]', { state: 'attached' });
  await followed(site.page);
  const names = async () => (await tree(site.page)).filter(({ role, name }) => /^(button|slider|progressbar)$/.test(role) && name).map(({ name }) => name);
  const twice = (named) => named.filter((name, at) => named.indexOf(name) !== at);
  let named = await names();
  // The elements follow the drawing a moment later: those of the blend that the test before undid may still be there.
  for (let i = 0; i < 20 && twice(named).length > 0; i += 1) {
    await site.page.waitForTimeout(250);
    named = await names();
  }
  assert.deepEqual(twice(named), []);
  assert.ok(!named.includes('Loading'));
});

test('a11y: samples are counted as they are settled on, not at each step of a slider', async () => {
  const number = async () => Number(/sample (\d+)/.exec(await site.page.textContent('#alternative'))[1]);
  await site.page.evaluate(() => document.getElementById('random').click());
  await site.page.waitForTimeout(800);
  const before = await number();
  await site.page.focus('[data-target="direction-1"]');
  for (let i = 0; i < 12; i += 1) await site.page.keyboard.press('ArrowRight');
  await site.page.waitForTimeout(800);
  assert.ok((await number()) - before <= 2, `${before}, then ${await number()}`);
});
