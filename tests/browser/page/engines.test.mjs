// Other engines: the same links, the same pixels to the last bit, and a playground that works.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { openFirefox, openWebKit } from '../engines.mjs';
import { decodeUnderNode, firstLinks, SCREENSHOTS, SITE } from '../site.mjs';
import { serve } from '../static-server.mjs';

let server;
let links;
before(async () => {
  server = await serve(SITE);
  links = await firstLinks(3);
});
after(() => server?.close());

for (const [name, open] of [['Firefox', openFirefox], ['WebKitGTK', openWebKit]]) {
  test(`engines: ${name} shows the pixels of links as node decodes them, bit for bit`, async () => {
    const browser = await open();
    try {
      for (const link of links) {
        assert.equal(await browser.visit(`${server.url}#${link}`), 'ready');
        const { pixels } = await decodeUnderNode(link);
        assert.equal(await browser.run('() => avae.pixelsHash()'), createHash('sha256').update(pixels).digest('hex'));
        assert.equal(await browser.run('() => avae.link()'), link);
      }
      // It draws, and controls work.
      const before = await browser.run('() => avae.pixelsHash()');
      await browser.run(`async () => {
        while (!document.querySelector('[data-target="class-3"]')) await new Promise((resolve) => setTimeout(resolve, 50));
        document.querySelector('[data-target="class-3"]').click();
        while ((await avae.pixelsHash()) === '${before}') await new Promise((resolve) => setTimeout(resolve, 50));
      }`);
      assert.equal(await browser.run('() => document.getElementById("notice").hidden'), true);
      writeFileSync(path.join(SCREENSHOTS, `${name.toLowerCase()}.png`), await browser.screenshot());
    } finally {
      await browser.close();
    }
  });
}
