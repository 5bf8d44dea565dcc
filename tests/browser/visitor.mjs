// A visitor who does anything: clicks, drags, scrolls, types, opens links and their own pictures. The same seed does the same.

/** Numbers 0 <= x < 1, the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const KEYS = ['r', 'Tab', 'Space', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'z', 'Control+z', 'Control+y', '1', '5', '+', '-', '0', 'Escape', 'l', 'p'];
const VIEWS = ['shape', 'map', 'draw', 'morph', 'compare'];

/**
 * `links` are some that the site can open, `pictures` paths of image files; `touch`: the page's context has it.
 * → {step(): does one thing, → what it was}
 */
export function createVisitor(page, { seed = 1, links = [], pictures = [], touch = false } = {}) {
  const random = randomNumbers(seed);
  const upTo = (n) => Math.floor(random() * n);
  const one = (list) => list[upTo(list.length)];
  const size = () => page.viewportSize();
  const anywhere = () => [upTo(size().width), 60 + upTo(size().height - 60)];

  const actions = [
    [4, 'click', () => page.mouse.click(...anywhere())],
    [
      3,
      'press',
      async () => {
        // Not the button that loads the page anew in another language.
        await page.evaluate(() => document.activeElement?.id === 'language' && document.activeElement.blur());
        await page.keyboard.press(one(KEYS));
      },
    ],
    [
      4,
      'hover',
      async () => {
        for (let i = 0; i < 8; i += 1) await page.mouse.move(...anywhere(), { steps: 2 });
      },
    ],
    [
      3,
      'drag',
      async () => {
        await page.mouse.move(...anywhere());
        await page.mouse.down();
        await page.mouse.move(...anywhere(), { steps: 6 });
        await page.mouse.up();
      },
    ],
    [
      3,
      'wheel',
      async () => {
        await page.mouse.move(...anywhere());
        for (let i = 0; i < 4; i += 1) await page.mouse.wheel(0, 240 * (random() - 0.5));
      },
    ],
    [
      3,
      'view',
      async () => {
        const tab = page.locator(`header [data-view="${one(VIEWS)}"]`);
        if (await tab.isVisible()) await tab.click();
      },
    ],
    [
      3,
      'control',
      async () => {
        const controls = page.locator('.drawn-controls [data-target]');
        const count = await controls.count();
        // Straight to the element: on the screen the canvas takes the pointer.
        if (count > 0) await controls.nth(upTo(count)).evaluate((element) => element.click(), null, { timeout: 1000 }).catch(() => {});
      },
    ],
    [1, 'link', () => links.length > 0 && page.evaluate((text) => avae.open(text), one(links))],
    [1, 'bad link', () => page.evaluate((text) => avae.open(text), `AQ${upTo(1e9).toString(36)}`)],
    [1, 'picture', () => pictures.length > 0 && page.setInputFiles('#draw-file', one(pictures)).catch(() => {})],
    [
      1,
      'share',
      async () => {
        const button = page.locator('[data-share]:visible').first();
        if (!(await button.isVisible()) || (await button.isDisabled())) return;
        await button.click();
        await page.locator('#share-copy').click();
        await page.keyboard.press('Escape');
      },
    ],
    [1, 'resize', () => page.setViewportSize(one([{ width: 1440, height: 900 }, { width: 820, height: 1100 }, { width: 1024, height: 700 }]))],
  ];
  let devtools = null;
  const fingers = async (type, ...points) => {
    devtools ??= await page.context().newCDPSession(page);
    await devtools.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  };
  if (touch) {
    actions.push(
      [2, 'tap', () => page.touchscreen.tap(...anywhere())],
      [
        1,
        'pinch',
        async () => {
          const [x, y] = anywhere();
          const [from, to] = [20 + upTo(80), 20 + upTo(80)];
          await fingers('touchStart', [x - from, y], [x + from, y]);
          for (let i = 1; i <= 6; i += 1) {
            const apart = from + ((to - from) * i) / 6;
            await fingers('touchMove', [x - apart, y + 4 * i], [x + apart, y + 4 * i]);
          }
          await fingers('touchEnd');
          // Beside the canvas that enlarged the whole page, in which clicks from outside miss.
          await devtools.send('Emulation.setPageScaleFactor', { pageScaleFactor: 1 });
        },
      ],
    );
  }
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);

  return {
    async step() {
      let left = random() * total;
      const [, name, act] = actions.find(([weight]) => (left -= weight) < 0);
      await act();
      // A dialog left open would take every click that follows.
      await page.evaluate(() => document.querySelector('dialog[open]')?.close());
      return name;
    },
  };
}
