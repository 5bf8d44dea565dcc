// Anything in any order: no error, and no memory lost. scripts/bench page does the same for minutes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { openProfile, visit } from '../browser.mjs';
import { SITE, firstLinks } from '../site.mjs';
import { serve } from '../static-server.mjs';
import { createVisitor } from '../visitor.mjs';
import { PNG } from 'pngjs';

const STEPS = 80;

test('visitor: random things, one after the other, bring no error', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { hasTouch: true });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-visitor-'));
  try {
    const picture = path.join(folder, 'picture.png');
    const png = new PNG({ width: 40, height: 30 });
    png.data.fill(200);
    writeFileSync(picture, PNG.sync.write(png));
    const { page } = profile;
    await visit(page, server.url);
    const visitor = createVisitor(page, { seed: 7, links: await firstLinks(4), pictures: [picture], touch: true });
    const did = [];
    for (let i = 0; i < STEPS; i += 1) {
      did.push(await visitor.step());
      assert.deepEqual(profile.faults, [], `after ${did.slice(-5).join(', ')}`);
    }
    assert.ok(new Set(did).size >= 10, `it did ${[...new Set(did)].join(', ')}`);
    // And the page still does what it is for.
    const [link] = await firstLinks(1);
    assert.equal((await page.evaluate((text) => avae.open(text), link)).ok, true);
    assert.equal(await page.evaluate(() => avae.link()), link);
    assert.match(await page.evaluate(() => avae.pixelsHash()), /^[0-9a-f]{64}$/);
  } finally {
    await profile.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
});
