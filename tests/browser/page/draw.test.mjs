// The visitor's own picture: drawn, opened, dropped, pasted; and what is none.
import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32, deflateSync } from 'node:zlib';

import { PNG } from 'pngjs';

import { animate } from '../../../web/png.mjs';
import { openProfile, visit, visitSite } from '../browser.mjs';
import { readManifest, SITE, stateOf } from '../site.mjs';

const fetched = []; // by the page; what the service worker keeps for a visit without a network is another matter
const site = visitSite(SITE, { setUp: async (context) => context.on('request', (request) => request.serviceWorker() || fetched.push(request.url())) });

const { spec } = readManifest().models.find(({ id }) => id === readManifest().default);
const link = () => site.page.evaluate(() => avae.link());
const status = () => site.page.textContent('#draw-status');
const linkAfter = (old) => site.page.waitForFunction((before) => avae.link() !== before, old);

/** Waits until nothing is being encoded any more. */
async function calm() {
  for (let before = null; before !== (await link()); ) {
    before = await link();
    await site.page.waitForTimeout(300);
  }
}

/** A PNG: a bright trouser-like shape on black, or the other way round. */
function trousers({ size = 200, inverted = false } = {}) {
  const png = new PNG({ width: size, height: size });
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const u = x / size;
      const v = y / size;
      const leg = (u > 0.3 && u < 0.47) || (u > 0.53 && u < 0.7) || (v < 0.3 && u > 0.3 && u < 0.7);
      const on = leg && v > 0.06 && v < 0.94;
      png.data.set([...Array(3).fill(on !== inverted ? 200 : 0), 255], 4 * (y * size + x));
    }
  }
  return PNG.sync.write(png);
}

/** Mean squared difference, of 0..1, between the sample and the picture as the model sees it. */
async function difference() {
  return site.page.evaluate(async () => {
    const sample = await avae.pixels();
    const seen = document.getElementById('draw-seen');
    const copy = new OffscreenCanvas(seen.width, seen.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(seen, 0, 0);
    const { data } = copy.getImageData(0, 0, seen.width, seen.height);
    return sample.reduce((sum, value, i) => sum + ((value - data[4 * i]) / 255) ** 2, 0) / sample.length;
  });
}

test('draw: the encoder is fetched only when there is something to encode', async () => {
  await site.page.click('[data-view="draw"]');
  await site.page.waitForSelector('#draw:not([hidden])');
  assert.ok(!fetched.some((url) => url.includes('encoder')));
});

test('draw: a picture that is opened is encoded, named and kept, as one step back', async () => {
  const old = await link();
  await site.page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: trousers() });
  await linkAfter(old);
  assert.ok(fetched.some((url) => url.includes('encoder')));
  await site.page.waitForFunction(() => /^Read /.test(document.getElementById('draw-status').textContent));
  assert.match(await status(), /Read as trouser/);
  assert.ok((await difference()) < 0.02, `the sample differs by ${await difference()}`);
  await site.page.click('[data-command="undo"]');
  await site.page.waitForFunction((before) => avae.link() === before, old);
});

test('draw: a picture on white is turned over, as photographs need', async () => {
  const old = await link();
  await site.page.setInputFiles('#draw-file', { name: 'white.png', mimeType: 'image/png', buffer: trousers({ inverted: true }) });
  await site.page.waitForFunction(() => document.getElementById('draw-invert').checked);
  await linkAfter(old);
  await site.page.waitForFunction(() => /trouser/.test(document.getElementById('draw-status').textContent));
  assert.ok((await difference()) < 0.03);
});

test('draw: another model that is chosen reads the picture for itself', async () => {
  const { models, default: id } = readManifest();
  const other = models.find((each) => each.id !== id && each.encoder);
  assert.ok((await difference()) < 0.02);
  for (const chosen of [other.id, id]) {
    const old = await link();
    await site.page.locator('#model').selectOption(chosen);
    await linkAfter(old);
    await site.page.waitForFunction((before) => avae.link().slice(0, 20) !== before.slice(0, 20), old);
    await calm();
    assert.ok((await difference()) < 0.02, `the sample differs by ${await difference()}`);
  }
  // By now both encoders are here: the choice and the reading are one step.
  const old = await link();
  await site.page.locator('#model').selectOption(other.id);
  await linkAfter(old);
  await calm();
  await site.page.click('[data-command="undo"]');
  await calm();
  assert.equal(await link(), old);
});

test('draw: strokes are encoded while they are drawn, and kept', async () => {
  await site.page.click('#draw-clear');
  const old = await link();
  const box = await site.page.locator('#pad').boundingBox();
  const to = (x, y) => [box.x + x * box.width, box.y + y * box.height];
  await site.page.fill('#draw-pen', '6');
  await site.page.mouse.move(...to(0.35, 0.1));
  await site.page.mouse.down();
  for (const [x, y] of [[0.65, 0.1], [0.62, 0.9], [0.5, 0.3], [0.4, 0.9], [0.35, 0.1]]) await site.page.mouse.move(...to(x, y), { steps: 6 });
  await site.page.mouse.up();
  await linkAfter(old);
  await site.page.waitForFunction(() => /^Read /.test(document.getElementById('draw-status').textContent));
});

/** Light on the pad, 0..1. */
const padLight = () =>
  site.page.evaluate(() => {
    const pad = document.getElementById('pad');
    const { data } = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
    return data.reduce((sum, value, i) => sum + (i % 4 < 3 ? value : 0), 0) / (255 * 0.75 * data.length);
  });

test('draw: what was cleared can be brought back', async () => {
  await calm();
  const [light, drawn, said] = [await padLight(), await link(), await status()];
  assert.ok(light > 0.05);
  await site.page.click('#draw-clear');
  assert.equal(await padLight(), 0);
  assert.equal(await site.page.innerText('#draw-clear'), 'Bring back');
  await site.page.click('#draw-clear');
  assert.equal(await padLight(), light);
  assert.equal(await site.page.innerText('#draw-clear'), 'Clear');
  await calm();
  assert.deepEqual([await link(), await status()], [drawn, said]);
});

test('draw: undo and redo take the pad along', async () => {
  const [light, drawn, said] = [await padLight(), await link(), await status()];
  await site.page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: trousers() });
  await linkAfter(drawn);
  await calm();
  const [light2, opened] = [await padLight(), await link()];
  assert.notEqual(light2, light);
  await site.page.click('[data-command="undo"]');
  await site.page.waitForFunction((before) => avae.link() === before, drawn);
  await calm();
  assert.deepEqual([await padLight(), await link(), await status()], [light, drawn, said]);
  await site.page.click('[data-command="redo"]');
  await site.page.waitForFunction((before) => avae.link() === before, opened);
  await calm();
  assert.deepEqual([await padLight(), await link()], [light2, opened]);
});

test('draw: a picture that was read is told from one that was drawn at random', async () => {
  assert.equal((await stateOf(await link())).encoded, true);
  await site.page.click('[data-view="shape"]');
  const old = await link();
  await site.page.keyboard.press('r');
  await linkAfter(old);
  assert.equal((await stateOf(await link())).encoded, false);
  await site.page.click('[data-view="draw"]');
  await site.page.waitForSelector('#draw:not([hidden])');
});

for (const [pointerType, x] of [['touch', 0.4], ['pen', 0.6]]) { // each another line, or the link would be the same
  test(`draw: a ${pointerType === 'pen' ? 'pen' : 'finger'} draws, and the page stays where it is`, async () => {
    await site.page.click('#draw-clear');
    await calm();
    const old = await link();
    const box = await site.page.locator('#pad').boundingBox();
    const at = (y) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
    const devtools = await site.profile.context.newCDPSession(site.page);
    const point = (type, place) =>
      pointerType === 'touch'
        ? devtools.send('Input.dispatchTouchEvent', { type: { down: 'touchStart', move: 'touchMove', up: 'touchEnd' }[type], touchPoints: type === 'up' ? [] : [place] })
        : devtools.send('Input.dispatchMouseEvent', { type: { down: 'mousePressed', move: 'mouseMoved', up: 'mouseReleased' }[type], button: 'left', buttons: 1, clickCount: 1, pointerType, ...place });
    const scroll = await site.page.evaluate(() => [scrollX, scrollY]);
    await point('down', at(0.1));
    for (let i = 1; i <= 16; i += 1) await point('move', at(0.1 + 0.05 * i));
    await point('up', at(0.9));
    await linkAfter(old);
    await calm(); // what is read while the line grows comes first
    const drawn = await site.page.evaluate((u) => {
      const seen = document.getElementById('draw-seen');
      const copy = new OffscreenCanvas(seen.width, seen.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(seen, 0, 0);
      return [0.2, 0.5, 0.8].map((y) => copy.getImageData(Math.floor(u * seen.width), Math.floor(y * seen.height), 1, 1).data[0]);
    }, x);
    for (const value of drawn) assert.ok(value > 60, `a line from top to bottom: ${drawn}`);
    assert.deepEqual(await site.page.evaluate(() => [scrollX, scrollY]), scroll);
    await calm();
  });
}

test('draw: the class can be chosen', async () => {
  await site.page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: trousers() });
  await site.page.waitForFunction(() => /trouser/.test(document.getElementById('draw-status').textContent));
  await site.page.selectOption('#draw-class', { label: 'dress' });
  await site.page.waitForFunction(() => /Read as dress/.test(document.getElementById('draw-status').textContent));
  await site.page.selectOption('#draw-class', { label: 'the closest' });
});

/** The smallest PNG of 10,000 x 10,000 pixels: one bit each, all black. */
function vast() {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32BE(data.length, 0);
    sizes.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([sizes.subarray(0, 4), body, sizes.subarray(4)]);
  };
  const head = Buffer.from([0, 0, 39, 16, 0, 0, 39, 16, 1, 0, 0, 0, 0]);
  const rows = deflateSync(Buffer.alloc(10_000 * 1251));
  const mark = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([mark, chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

/** Gives the page a file by an event of `type`, as a drop or a paste would. */
const give = (type, name, mime, bytes) =>
  site.page.evaluate(
    ([kind, file, mimeType, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(content)], file, { type: mimeType }));
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    },
    [type, name, mime, [...bytes]],
  );

test('draw: dropping and pasting anywhere bring the panel up', async () => {
  for (const type of ['drop', 'paste']) {
    await site.page.click('[data-view="shape"]');
    await site.page.waitForSelector('#draw', { state: 'hidden' });
    const old = await link();
    await give(type, 'mine.png', 'image/png', trousers({ size: type === 'drop' ? 90 : 333 }));
    await site.page.waitForSelector('#draw:not([hidden])');
    await linkAfter(old);
    await calm();
  }
});

const le = (value, bytes) => Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 255);

/** An animated GIF of grey PNG files of one size. Each pixel is a code of 8 bits, as the table is emptied before it grows. */
function gifOf(pngs) {
  const pictures = pngs.map((png) => PNG.sync.read(png));
  const [{ width, height }] = pictures;
  const palette = Array.from({ length: 128 }, (_, i) => [2 * i, 2 * i, 2 * i]).flat();
  const frames = pictures.flatMap(({ data }) => {
    const pixels = Array.from({ length: width * height }, (_, i) => data[4 * i] >> 1);
    const codes = [];
    for (let at = 0; at < pixels.length; at += 120) codes.push(128, ...pixels.slice(at, at + 120));
    codes.push(129);
    const blocks = [];
    for (let at = 0; at < codes.length; at += 255) blocks.push(Math.min(255, codes.length - at), ...codes.slice(at, at + 255));
    return [0x21, 0xf9, 4, 4, ...le(10, 2), 0, 0, 0x2c, ...le(0, 4), ...le(width, 2), ...le(height, 2), 0, 7, ...blocks, 0];
  });
  return Buffer.from([...Buffer.from('GIF89a'), ...le(width, 2), ...le(height, 2), 0xf6, 0, 0, ...palette, ...frames, 0x3b]);
}

/** An animated WebP of pictures, whose frames the browser itself encodes. */
async function webpOf(pngs) {
  const stills = await site.page.evaluate(
    (all) =>
      Promise.all(
        all.map(async (bytes) => {
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          const context = canvas.getContext('2d', { alpha: false });
          context.drawImage(bitmap, 0, 0);
          return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp' })).arrayBuffer())];
        }),
      ),
    pngs.map((png) => [...png]),
  );
  const chunk = (type, data) => [...Buffer.from(type), ...le(data.length, 4), ...data, ...(data.length % 2 ? [0] : [])];
  const { width, height } = PNG.sync.read(pngs[0]);
  const size = [...le(width - 1, 3), ...le(height - 1, 3)];
  const frames = stills.map((still) => {
    const picture = still.slice(Buffer.from(still).toString('latin1').search(/VP8[ L]/)); // behind what else the browser puts into the file
    return chunk('ANMF', [...le(0, 6), ...size, ...le(100, 3), 0, ...picture.slice(0, 8 + Buffer.from(picture).readUInt32LE(4))]);
  });
  const body = [...Buffer.from('WEBP'), ...chunk('VP8X', [2, 0, 0, 0, ...size]), ...chunk('ANIM', le(0, 6)), ...frames.flat()];
  return Buffer.from([...Buffer.from('RIFF'), ...le(body.length, 4), ...body]);
}

test('draw: of an animated picture the first frame is read, and that is said', async () => {
  // A model draws the second one, all bright, quite differently.
  const bright = new PNG({ width: 90, height: 90 });
  bright.data.fill(255);
  const frames = [trousers({ size: 90 }), PNG.sync.write(bright)];
  const kinds = [['gif', gifOf(frames)], ['png', Buffer.from(animate(frames, 100))], ['webp', await webpOf(frames)]];
  for (const [kind, bytes] of kinds) {
    const count = await site.page.evaluate(
      async ([type, data]) => {
        const decoder = new ImageDecoder({ type, data: new Uint8Array(data) });
        await decoder.tracks.ready;
        return decoder.tracks.selectedTrack.frameCount;
      },
      [`image/${kind}`, [...bytes]],
    );
    assert.equal(count, 2, kind);
    await site.page.click('#draw-clear');
    const old = await link();
    await give('drop', `two.${kind}`, `image/${kind}`, bytes);
    await site.page.waitForSelector('#notice:not([hidden])');
    assert.match(await site.page.textContent('#notice'), new RegExp(`two\\.${kind} is animated.*Its first picture is read`));
    await site.page.click('#notice-close');
    await site.page.waitForFunction(() => /trouser/.test(document.getElementById('draw-status').textContent));
    await linkAfter(old);
    await calm();
    assert.ok((await difference()) < 0.02, `${kind}: the sample differs by ${await difference()}`);
    await site.page.setInputFiles('#draw-file', { name: 'other.png', mimeType: 'image/png', buffer: frames[1] });
    await site.page.waitForFunction(() => !/trouser/.test(document.getElementById('draw-status').textContent));
    await calm();
  }
});

test('draw: what is no picture is refused in a sentence, and the sample stays', async () => {
  const cases = [
    ['notes.txt', 'text/plain', Buffer.from('not a picture'), /notes\.txt is not a picture/],
    ['cut.png', 'image/png', trousers().subarray(0, 60), /cut\.png is not a picture/],
    ['vast.png', 'image/png', vast(), /vast\.png has 100 megapixels/],
    ['empty.png', 'image/png', Buffer.alloc(0), /empty\.png is not a picture/],
  ];
  for (const [name, mime, bytes, said] of cases) {
    const old = await link();
    await give('drop', name, mime, bytes);
    await site.page.waitForSelector('#notice:not([hidden])');
    assert.match(await site.page.textContent('#notice-message'), said);
    assert.equal(await link(), old);
    await site.page.click('#notice-close');
  }
});

test('draw: pictures of the model’s own size pass unchanged', async () => {
  const png = new PNG({ width: spec.width, height: spec.height });
  for (let i = 0; i < spec.width * spec.height; i += 1) png.data.set([i % 251, i % 251, i % 251, 255], 4 * i);
  await site.page.setInputFiles('#draw-file', { name: 'exact.png', mimeType: 'image/png', buffer: PNG.sync.write(png) });
  await site.page.waitForFunction(() => {
    const seen = document.getElementById('draw-seen');
    const invert = document.getElementById('draw-invert').checked;
    const copy = new OffscreenCanvas(seen.width, 1).getContext('2d', { willReadFrequently: true });
    copy.drawImage(seen, 0, 0);
    const { data } = copy.getImageData(0, 0, seen.width, 1);
    return Math.abs((invert ? 255 - data[4 * 20] : data[4 * 20]) - 20) < 1;
  });
});

test('draw: side by side, a GAN, which cannot read the picture, shows the nearest that it draws', async () => {
  const { page } = site;
  const gan = readManifest().models.find(({ current, encoder, spec: { latent } }) => current && !encoder && latent === spec.latent);
  await page.click('#draw-clear');
  const old = await link();
  await page.setInputFiles('#draw-file', { name: 'mine.png', mimeType: 'image/png', buffer: trousers() });
  await linkAfter(old);
  await calm();
  const seen = await page.evaluate(() => {
    const canvas = document.getElementById('draw-seen');
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return [...copy.getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0);
  });
  const errorOf = (pixels) => pixels.reduce((sum, value, i) => sum + ((value - seen[i]) / 255) ** 2, 0) / seen.length;
  await page.click('[data-view="compare"]');
  await page.waitForFunction(() => [...document.querySelectorAll('.drawn-controls p')].some(({ textContent }) => /this is the nearest that it draws/.test(textContent)));
  await page.locator(`.drawn-controls [data-target="compare-${gan.id}"]`).evaluate((element) => element.click());
  await page.waitForFunction((name) => document.getElementById('alternative').textContent.includes(name), gan.name);
  await calm();
  const error = errorOf(await page.evaluate(async () => [...(await avae.pixels())]));
  assert.ok(error < 0.03, `the GAN's picture differs by ${error}`);
  await page.click('[data-command="undo"]');
});

test('draw: what is done while the encoder is fetched is not undone by what it reads then', async () => {
  const profile = await openProfile(site.server.origin, { serviceWorkers: 'block' });
  const { page } = profile;
  const HINT = 'Draw here, or drop, paste or open a picture.';
  const now = () => page.evaluate(() => avae.link());
  const press = async () => {
    const box = await page.locator('#pad').boundingBox();
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.5 * box.height, { steps: 8 });
    await page.mouse.up();
  };
  /** Draws while the encoder is on its way, does `meanwhile`, lets it come. → the link before it came */
  async function drawWhileFetching(meanwhile) {
    let release = () => {};
    const held = new Promise((resolve) => (release = resolve));
    await page.route('**/models/*.encoder.*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('about:blank');
    await visit(page, site.server.url);
    await page.click('nav [data-view=draw]');
    await page.evaluate(() => document.getElementById('play').focus());
    const old = await now();
    await page.keyboard.press('r');
    await page.waitForFunction((before) => avae.link() !== before, old);
    await press();
    await meanwhile();
    const before = await now();
    const came = page.waitForResponse('**/models/*.encoder.*');
    release();
    await came;
    await page.waitForTimeout(1500);
    await page.unroute('**/models/*.encoder.*');
    return before;
  }
  try {
    // Another sample.
    assert.equal(await drawWhileFetching(async () => {
      const old = await now();
      await page.evaluate(() => document.getElementById('play').focus());
      await page.keyboard.press('r');
      await page.waitForFunction((before) => avae.link() !== before, old);
    }), await now());
    assert.equal(await page.textContent('#draw-status'), HINT);
    // Undone: what was undone can still be redone.
    assert.equal(await drawWhileFetching(() => page.click('[data-command=undo]')), await now());
    assert.ok(await page.isEnabled('[data-command=redo]'));
    // Cleared.
    assert.equal(await drawWhileFetching(() => page.click('#draw-clear')), await now());
    assert.equal(await page.textContent('#draw-status'), HINT);
    // Only another view: the drawing is read all the same.
    assert.notEqual(await drawWhileFetching(() => page.click('nav [data-view=shape]')), await now());
    await page.click('nav [data-view=draw]');
    assert.match(await page.textContent('#draw-status'), /^Read as /);
    assert.deepEqual(profile.faults, []);
  } finally {
    await profile.close();
  }
});

test('draw: on a phone the panel fills its place from the start', async () => {
  const phone = await openProfile(site.server.origin, { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  try {
    await visit(phone.page, site.server.url);
    await phone.page.tap('[data-view="draw"]');
    await phone.page.waitForFunction(() => document.getElementById('draw').getBoundingClientRect().height > 300);
    const pad = await phone.page.locator('#pad').boundingBox();
    assert.ok(pad.width > 160 && pad.x >= 0 && pad.x + pad.width <= 360, JSON.stringify(pad));
  } finally {
    await phone.close();
  }
});

test('draw: the pad has the shape of the pictures in every window, and on a phone on its side the tools are beside it', async () => {
  const { page } = site;
  const before = page.viewportSize();
  await page.click('[data-view="draw"]');
  for (const [width, height] of [[320, 568], [360, 740], [600, 800], [768, 1024], [900, 700], [740, 360], [1440, 900]]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(600);
    const pad = await page.locator('#pad').boundingBox();
    assert.ok(Math.abs(pad.width / pad.height - spec.width / spec.height) < 0.02, `${width} x ${height}: the pad is ${pad.width} x ${pad.height}`);
    assert.ok(pad.width >= 150 && pad.x >= 0 && pad.x + pad.width <= width, `${width} x ${height}: the pad is ${JSON.stringify(pad)}`);
    if (height < 400) {
      const open = await page.locator('#draw-open').boundingBox();
      assert.ok(open.y + open.height <= height && open.x >= pad.x + pad.width, JSON.stringify(open));
    }
  }
  await page.setViewportSize(before);
});

test('draw: without its module the rest of the page works, and says so', async () => {
  const lacking = await openProfile(site.server.origin, {
    serviceWorkers: 'block',
    setUp: (context) => context.route(/draw-[0-9a-f]{8}[.]js/, (route) => route.abort()),
  });
  try {
    await visit(lacking.page, site.server.url);
    assert.equal(await lacking.page.evaluate(() => document.body.dataset.phase), 'ready');
    assert.match(await lacking.page.textContent('#notice-message'), /own cannot be read/);
    assert.ok(await lacking.page.isDisabled('[data-view="draw"]'));
  } finally {
    await lacking.close();
  }
});

test('draw: no faults', () => assert.deepEqual(site.profile.faults, []));
