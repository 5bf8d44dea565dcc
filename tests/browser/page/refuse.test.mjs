// Damaged sites and browsers: a sentence, a next step, and whatever still works.
import assert from 'node:assert/strict';
import test from 'node:test';

import { changed, openProfile, pixelsHash, settled, visit, visitSite } from '../browser.mjs';
import { withLink } from '../../../web/png.mjs';
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

const [first, second, third] = readManifest().models.filter(({ current }) => current);
const notice = () => page.locator('#notice').innerText();

/** Loads the page, of `fragment`, with `pattern` answered by `answer`. */
async function withRoute(pattern, answer, action, fragment = `#${link}`) {
  await page.goto('about:blank');
  await page.route(pattern, answer);
  try {
    await page.goto(server.url + fragment);
    await settled(page);
    return await action();
  } finally {
    await page.unroute(pattern);
    profile.faults.length = 0; // Chromium reports failed requests to the console by itself
  }
}

const MANIFESTS = [
  ['no JSON', 'oops', /manifest is damaged: it is not JSON/],
  ['no models', '{"version":1,"models":[],"files":[]}', /models is empty/],
  ['a newer version', '{"version":2}', /newer avae/],
];
for (const [what, body, message] of MANIFESTS) {
  test(`refuse: a manifest with ${what} is named`, () =>
    withRoute('**/manifest.json', (route) => route.fulfill({ body }), async () => {
      assert.match(await notice(), message);
      assert.match(await notice(), /Publish the site again/);
      await assert.rejects(page.evaluate(() => avae.ready));
    }));
}

test('refuse: a fault in a part of the page is told', async () => {
  await page.goto('about:blank');
  await visit(page, server.url);
  const faults = profile.faults.length;
  await page.evaluate(() => setTimeout(() => { throw new Error('memory access out of bounds'); }));
  await page.waitForSelector('#notice:not([hidden])');
  assert.equal(await notice(), 'memory access out of bounds Reload the page.');
  profile.faults.splice(faults);
});

test('refuse: a missing manifest is named', () =>
  withRoute('**/manifest.json', (route) => route.fulfill({ status: 404 }), async () => assert.match(await notice(), /HTTP 404/)));

/** Answers with the file, one bit of its middle turned. What the page asks for as a test ends finds nobody to answer it. */
async function damage(route) {
  try {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  } catch (error) {
    if (!/closed|disposed|handled/.test(error.message)) throw error;
  }
}

test('refuse: a damaged model file is named', () =>
  withRoute('**/models/*.decoder.safetensors*', damage, async () => {
    assert.match(await notice(), /decoder\.safetensors is damaged/);
  }));

const missing = (route) => route.fulfill({ status: 404 });
const shown = () => page.locator('#model').inputValue();

for (const [what, fragment] of [['the default model', () => ''], ['the model of a link', () => `#${link}`]]) {
  test(`refuse: without the decoder of ${what} another model opens, and a sentence says so`, () =>
    withRoute(
      `**/models/${first.id}.decoder.*`,
      missing,
      async () => {
        assert.equal(await notice(), `${first.title} cannot be opened: ${first.decoder.path} cannot be fetched (HTTP 404). Here is ${second.title} instead.`);
        assert.equal(await page.evaluate(() => document.body.dataset.phase), 'ready');
        assert.equal(await shown(), second.id);
        // The address keeps what was asked for, which reloading may bring, until the visitor goes on.
        await page.waitForTimeout(500);
        if (fragment()) assert.equal(await page.evaluate(() => location.hash), fragment());
        const before_ = await pixelsHash(page);
        await page.evaluate(() => document.getElementById('random').click());
        await changed(page, before_);
        await page.waitForFunction(() => location.hash === `#${avae.link()}`);
        await page.click('[data-command="undo"]');
        await page.waitForFunction((before) => location.hash !== before && location.hash === `#${avae.link()}`, await page.evaluate(() => location.hash));
      },
      fragment(),
    ));
}

test('refuse: with a damaged decoder of the default model another model opens, and a sentence says so', () =>
  withRoute(
    `**/models/${first.id}.decoder.*`,
    damage,
    async () => {
      assert.equal(await notice(), `${first.title} cannot be opened: ${first.decoder.path} is damaged (its SHA-256 differs). Here is ${second.title} instead.`);
      assert.equal(await shown(), second.id);
    },
    '',
  ));

test('refuse: without two decoders the third model opens', () =>
  withRoute(new RegExp(`/models/(${first.id}|${second.id})\\.decoder\\.`), missing, async () => {
    assert.match(await notice(), new RegExp(`^${first.title} cannot be opened.* Here is ${third.title} instead\\.$`));
    assert.equal(await shown(), third.id);
  }));

test('refuse: a model chosen, or linked to, whose decoder is missing leaves what is on show, and can be chosen later', () =>
  withRoute(`**/models/${second.id}.decoder.*`, missing, async () => {
    const sentence = `${second.title} cannot be opened: ${second.decoder.path} cannot be fetched (HTTP 404). Publish the site again.`;
    await page.locator('#model').selectOption(second.id);
    await page.waitForSelector('#notice:not([hidden])');
    assert.equal(await notice(), sentence);
    assert.equal(await shown(), first.id);
    assert.equal(await pixelsHash(page), defaults);
    await page.click('#notice-close');
    const answer = await page.evaluate((text) => avae.open(text), await linkOf(second.id, link));
    assert.deepEqual(answer, { ok: false, message: sentence.replace(' Publish the site again.', '') });
    assert.equal(await notice(), sentence);
    assert.equal(await pixelsHash(page), defaults);
    await page.unroute(`**/models/${second.id}.decoder.*`);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.locator('#model').selectOption(second.id);
    await changed(page, defaults);
    assert.equal(await shown(), second.id);
  }));

test('refuse: a model that comes after the visitor has asked for another is not shown', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const hold = async (route) => {
    await held;
    await route.continue();
  };
  await withRoute(`**/models/${second.id}.decoder.*`, hold, async () => {
    const late = page.evaluate((text) => avae.open(text), await linkOf(second.id, link));
    await page.locator('#model').selectOption(third.id);
    const now = await changed(page, defaults);
    release();
    assert.deepEqual(await late, { ok: false, message: 'Another link or model was opened meanwhile.' });
    assert.equal(await shown(), third.id);
    assert.equal(await pixelsHash(page), now);
    assert.ok(await page.isHidden('#notice'));
  });
});

test('refuse: a map that cannot be fetched says so once, and comes when the network is back', async () => {
  let asked = 0;
  const count = (route) => {
    asked += 1;
    return missing(route);
  };
  await withRoute(`**/models/${first.id}.atlas.*`, count, async () => {
    await page.waitForSelector('#notice:not([hidden])');
    assert.match(await notice(), /^The map of .+ cannot be shown: .+atlas\.safetensors cannot be fetched/);
    await page.click('#notice-close');
    const before_ = asked;
    for (let i = 0; i < 5; i += 1) await page.evaluate(() => document.getElementById('random').click());
    await page.click('[data-view="map"]');
    assert.equal(asked, before_, 'no slider and no view asks again at once');
    assert.equal(await page.locator('.drawn-controls [data-target="map"]').count(), 0);
    await page.unroute(`**/models/${first.id}.atlas.*`);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.waitForSelector('.drawn-controls [data-target="map"]', { state: 'attached' });
    assert.ok(await page.isHidden('#notice'));
  });
});

/** The sentences of the compare view. */
async function compareTexts() {
  await page.click('[data-view=compare]');
  await page.waitForSelector('[data-view=compare][aria-pressed=true]');
  await page.waitForTimeout(1000);
  return (await page.locator('.drawn-controls > p').allTextContents()).join('\n');
}

test('refuse: side by side, each model whose decoder is missing says so', () =>
  withRoute(new RegExp(`models/(${second.id}|${third.id})\\.decoder`), missing, async () => {
    const texts = await compareTexts();
    assert.equal(texts.match(/It could not be decoded\./g)?.length, 2, texts);
    assert.doesNotMatch(texts, /leaves out what it finds hard|Reads pictures most closely/);
  }));

test('refuse: realism that cannot be fetched comes when the network is back', () =>
  withRoute('**/models/*.discriminator.*', missing, async () => {
    assert.doesNotMatch(await compareTexts(), /how sure/);
    assert.doesNotMatch(await page.textContent('#alternative'), /real/);
    assert.ok(await page.isHidden('#notice'), 'nobody misses a judgement');
    await page.unroute('**/models/*.discriminator.*');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.waitForFunction(() => /\d+ % real/.test(document.getElementById('alternative').textContent));
    assert.match(await compareTexts(), /how sure the discriminator of/);
  }));

test('refuse: an encoder that is missing is named where one draws, the sample stays, and it comes when the network is back', () =>
  withRoute('**/models/*.encoder.*', missing, async () => {
    const picture = { name: 'mine.png', mimeType: 'image/png', buffer: await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } }) };
    await page.click('[data-view=draw]');
    await page.setInputFiles('#draw-file', picture);
    await page.waitForFunction(() => /cannot be fetched/.test(document.getElementById('draw-status').textContent));
    assert.match(await page.textContent('#draw-status'), new RegExp(`${first.encoder.path} cannot be fetched \\(HTTP 404\\)`));
    assert.equal(await pixelsHash(page), defaults);
    await page.unroute('**/models/*.encoder.*');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.setInputFiles('#draw-file', picture);
    await page.waitForFunction(() => /^Read as /.test(document.getElementById('draw-status').textContent));
  }));

test('page: a damaged compressed file is fetched plain instead', () =>
  withRoute('**/*.gz', damage, async () => {
    assert.doesNotMatch(await notice(), /damaged|cannot/);
    assert.equal(await pixelsHash(page), defaults);
  }));

test('refuse: a core that is missing is named', () =>
  withRoute('**/core-*.wasm*', (route) => route.fulfill({ status: 404 }), async () => {
    assert.match(await notice(), /^core-[0-9a-f]{8}\.wasm cannot be fetched/, 'with a link, which it is no fault of');
  }));

test('refuse: the Chinese texts that are missing are missed in a sentence, with a link too', async () => {
  await page.route('**/zh-*.json', missing);
  try {
    await page.goto('about:blank');
    await visit(page, `${server.url}?lang=zh#${link}`);
    assert.match(await notice(), /^The Chinese texts cannot be fetched/);
  } finally {
    await page.unroute('**/zh-*.json');
    profile.faults.length = 0;
  }
});

test('refuse: without the module that saves pictures, the share panel says so', () =>
  withRoute('**/save-*.js', missing, async () => {
    await page.click('[data-share]:visible');
    await page.waitForSelector('#share-qr + p:not([hidden])');
    assert.match(await page.innerText('#share-qr + p'), /^The QR code cannot be shown: a part of the page cannot be fetched/);
    assert.ok((await page.inputValue('#share-link')).endsWith(link), 'the link is there');
    await page.click('#save-picture');
    await page.waitForSelector('#share', { state: 'hidden' });
    assert.match(await notice(), /^Nothing can be saved: a part of the page cannot be fetched/);
  }));

test('refuse: without the module of the playground, class and new sample still work', () =>
  withRoute('**/ui-*.js', missing, async () => {
    assert.match(await notice(), /^The playground cannot be drawn: a part of the page cannot be fetched.*choose a class/s);
    await basicWorks();
  }));

async function basicWorks() {
  assert.equal(await page.evaluate(() => document.body.dataset.phase), 'basic');
  const before_ = await pixelsHash(page);
  await page.locator('#random').click();
  const second = await changed(page, before_);
  await page.locator('#class').selectOption({ index: 1 });
  const third = await changed(page, second);
  await page.locator('[data-command=undo]').click();
  assert.equal(await changed(page, third), second);
}

/** Gives the page `bytes` as a picture that is dropped on it. */
const drop = (bytes) =>
  page.evaluate((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], 'given.png', { type: 'image/png' }));
    const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    if (!event.defaultPrevented) throw new Error('the browser would leave the page');
  }, [...bytes]);

/** A picture that the playground is not there to read is refused; one that holds a link opens. */
async function savedPicturesOpen() {
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
  const before_ = await pixelsHash(page);
  await drop(picture);
  await page.waitForFunction(() => /Pictures of your own cannot be read/.test(document.getElementById('notice').innerText));
  assert.equal(await pixelsHash(page), before_);
  await drop(withLink(new Uint8Array(picture), link));
  assert.equal(await changed(page, before_), defaults);
  assert.ok(await page.isHidden('#notice'));
}

test('refuse: a picture that is dropped while the page loads is opened once it has', async () => {
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  const hold = async (route) => {
    await held;
    await route.continue();
  };
  await page.goto('about:blank');
  await page.route('**/manifest.json', hold);
  await page.goto(`${server.url}#${await linkOf(second.id, link)}`);
  await page.waitForSelector('body.started');
  await drop(withLink(new Uint8Array(await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } })), link));
  release();
  await settled(page);
  await page.unroute('**/manifest.json');
  await page.waitForFunction((wanted) => avae.link() === wanted, link);
});

test('refuse: a picture dropped on a page that cannot start does not replace it', () =>
  withRoute('**/manifest.json', missing, async () => {
    await drop(await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } }));
    assert.match(await notice(), /HTTP 404/);
  }));

test('refuse: a picture dropped on a model that cannot read it changes nothing, and the next that is read takes the message away', async () => {
  const gan = [first, second, third].find(({ encoder }) => !encoder);
  await page.goto('about:blank');
  await visit(page, `${server.url}#${await linkOf(gan.id, link)}`);
  const before_ = await pixelsHash(page);
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
  await drop(picture);
  await page.waitForFunction(() => /^This model cannot read pictures: it has no encoder/.test(document.getElementById('notice').innerText));
  assert.equal(await pixelsHash(page), before_);
  await page.locator('#model').selectOption(first.id);
  await page.waitForFunction(() => avae.link().length > 0 && document.title.includes('AVAE ·'));
  await drop(picture);
  await page.waitForSelector('#notice', { state: 'hidden' });
  await page.waitForFunction(() => /^Read as /.test(document.getElementById('draw-status').textContent));
});

test('refuse: what is said while a morph plays stays until the visitor does something', async () => {
  await page.goto('about:blank');
  await visit(page, server.url);
  await page.click('nav [data-view=morph]');
  await page.locator('[data-target="fill-morph"]').first().evaluate((button) => button.click());
  await page.waitForSelector('[data-target="keyframe-3"]', { state: 'attached' });
  await page.locator('[data-target="play"]').first().evaluate((button) => button.click());
  const before_ = await page.evaluate(() => avae.link());
  await drop([1, 2, 3]);
  await page.waitForSelector('#notice:not([hidden])');
  await page.waitForTimeout(5500);
  assert.notEqual(await page.evaluate(() => avae.link()), before_, 'it plays');
  assert.match(await notice(), /^given\.png is not a picture/);
});

test('refuse: without the playground, class and new sample still work', () =>
  withRoute('**/ui-*.wasm*', (route) => route.fulfill({ status: 404 }), async () => {
    assert.match(await notice(), /ui-[0-9a-f]{8}\.wasm cannot be fetched.*choose a class/s);
    await basicWorks();
    await savedPicturesOpen();
  }));

test('refuse: without WebGL2, class and new sample still work', async () => {
  const other = await openProfile(server.origin, {
    setUp: (context) =>
      context.addInitScript(() => {
        const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function get(kind, ...rest) {
          return kind === 'webgl2' ? null : real.call(this, kind, ...rest);
        };
      }),
  });
  const kept = page;
  page = other.page;
  try {
    await visit(page, server.url);
    assert.match(await notice(), /WebGL2/);
    await basicWorks();
    await savedPicturesOpen();
    assert.deepEqual(other.faults, []);
  } finally {
    page = kept;
    await other.close();
  }
});

test('refuse: a browser without workers is told, and one whose workers fail to start', async () => {
  const RIVALS = [
    [() => (window.Worker = class { constructor() { throw new DOMException('no', 'SecurityError'); } }), /allows no workers.*private window/s],
    [() => delete window.Worker, /allows no workers.*private window/s],
    [() => (window.Worker = class extends window.Worker { constructor() { super('data:text/javascript,throw 1'); } }), /decoder does not start.*newer browser/s],
  ];
  for (const [script, message] of RIVALS) {
    const other = await openProfile(server.origin, { setUp: (context) => context.addInitScript(script) });
    try {
      await visit(other.page, server.url);
      assert.match(await other.page.locator('#notice').innerText(), message);
    } finally {
      await other.close();
    }
  }
});

test('refuse: a browser without WebAssembly SIMD is told', async () => {
  const other = await openProfile(server.origin, {
    setUp: (context) => context.addInitScript(() => (WebAssembly.validate = () => false)),
  });
  try {
    await visit(other.page, server.url);
    assert.match(await other.page.locator('#notice').innerText(), /lacks WebAssembly SIMD.*later can/s);
  } finally {
    await other.close();
  }
});

test('refuse: where no script of the page begins, it says so after a while', async () => {
  await page.goto('about:blank');
  const [whole, framed] = [page, await profile.context.newPage()];
  await whole.route('**/main-*.js', missing);
  await framed.route('**/frame.html', (route) => route.fulfill({ contentType: 'text/html', body: '<iframe sandbox="allow-scripts" src="./" width="600" height="500"></iframe>' }));
  try {
    await whole.goto(server.url);
    await framed.goto(`${server.url}frame.html`);
    assert.ok(await whole.isHidden('.stuck'), 'not at once');
    for (const frame of [whole, framed.frameLocator('iframe')]) {
      await frame.locator('.stuck').waitFor({ state: 'visible', timeout: 15_000 });
      assert.match(await frame.locator('.stuck').innerText(), /has not started.*Reloading may help/s);
    }
  } finally {
    await whole.unroute('**/main-*.js');
    await framed.close();
    profile.faults.length = 0;
  }
});
