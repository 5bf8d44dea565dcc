// What a first visit transfers from a host that compresses nothing.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { openProfile, visit } from '../browser.mjs';
import { SITE, readManifest } from '../site.mjs';
import { serve } from '../static-server.mjs';

// In bytes. Raise one only with a reason in the commit.
const BUDGET = { page: 69_000, core: 98_000, decoder: 280_000, first: 443_000, playground: 855_000, beside: 545_000, later: 305_000 };

/** What a file of the site is for; the rest (fonts, icons, ui.wasm) serves the playground. */
function partOf(name) {
  if (name.includes('.decoder.') && !name.includes(readManifest().default)) return 'beside'; // models that the site opens with too
  if (name.includes('.discriminator.')) return 'later'; // says how real the sample is, once all else is there
  if (/^core-[0-9a-f]{8}\.wasm/.test(name)) return 'core';
  if (name.includes('.decoder.')) return 'decoder';
  if (/^(index\.html|manifest\.json|(main|core-worker|styles)-.*)$/.test(name)) return 'page';
  return 'playground';
}

test('bytes: a first visit fetches no more than its budget, and nothing twice', async () => {
  const server = await serve(SITE);
  const profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  try {
    const fetched = [];
    profile.context.on('request', (request) => {
      if (request.url().startsWith(server.url)) fetched.push(new URL(request.url()).pathname.slice(new URL(server.url).pathname.length) || 'index.html');
    });
    await visit(profile.page, server.url);
    const files = [...new Set(fetched)];
    // The logo and the icons are asked for by several elements and come from memory.
    const again = fetched.filter((name, at) => fetched.indexOf(name) !== at && !/^(logo|icons)-/.test(name));
    assert.deepEqual(again, [], 'fetched twice');
    const sizes = { page: 0, core: 0, decoder: 0, playground: 0, beside: 0, later: 0 };
    for (const name of files) sizes[partOf(name)] += statSync(path.join(SITE, name)).size;
    sizes.first = sizes.page + sizes.core + sizes.decoder;
    sizes.playground += sizes.first;
    console.log(`bytes: ${JSON.stringify(sizes)}`);
    for (const [part, budget] of Object.entries(BUDGET)) {
      assert.ok(sizes[part] > 0 && sizes[part] <= budget, `${part} takes ${sizes[part]} bytes of ${budget}: ${files.join(' ')}`);
    }
    const wasm = files.filter((name) => /\.(wasm|safetensors)$/.test(name));
    assert.deepEqual(wasm, [], 'fetched plain, not compressed');
    assert.equal(files.filter((name) => name.startsWith('core-') && name.includes('.wasm')).length, 1);
  } finally {
    await profile.close();
    await server.close();
  }
});
