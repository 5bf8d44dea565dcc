// node tests/golden/opened.mjs SITE: adds links to each model of a published site that opened.json has none of, with the SHA-256
// of their pixels as the site's core decodes them. What is there already is never changed: those links are out in the world.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { createCore } from '../../web/core.mjs';
import { parseManifest, siteFile } from '../../web/manifest.mjs';

const [site] = process.argv.slice(2);
const file = path.join(import.meta.dirname, 'opened.json');
const opened = JSON.parse(readFileSync(file, 'utf8'));
const manifest = parseManifest(readFileSync(path.join(site, 'manifest.json'), 'utf8'));
const core = await createCore({ bytes: readFileSync(path.join(site, siteFile(manifest, 'core.wasm').path)) });

for (const { id, spec, decoder } of manifest.models) {
  if (opened.some(({ link }) => core.linkModel(link) === id)) continue;
  const network = core.loadDecoder(readFileSync(path.join(site, decoder.path)));
  const latent = (seed, truncation = 100) => core.randomLatent(seed, spec.latent, truncation, spec.switches ?? 0);
  const mix = (...classes) => Uint8Array.from({ length: spec.classes }, (_, k) => (classes.includes(k) ? Math.round(255 / classes.length) : 0));
  const keyframes = [11, 12, 13].map((seed, i) => ({ latent: latent(seed, 60), mix: mix(i) }));
  const states = [
    { view: 'shape', latent: latent(1), mix: mix(0) },
    { view: 'shape', latent: latent(2, 70), mix: mix(1, 2) },
    { view: 'map', latent: Int8Array.from(latent(3), (value, i) => (i % 2 ? -127 : value)), mix: mix(spec.classes - 1) },
    { view: 'morph', latent: keyframes[0].latent, mix: keyframes[0].mix, morph: { speed: 20, position: 30000, loop: true, keyframes } },
  ];
  for (const state of states) {
    const pixels = network.decode(1, state.latent, state.mix);
    opened.push({ link: core.encodeLink({ model: id, ...state }), sha256: core.sha256(pixels) });
  }
}
writeFileSync(file, `${JSON.stringify(opened, null, 1)}\n`);
