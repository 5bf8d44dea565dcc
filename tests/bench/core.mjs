// Decode time of the core under node, one thread: node tests/bench/core.mjs CORE.WASM DECODER.SAFETENSORS
// Prints the median of rounds; batches take turns within a round.
import { readFileSync } from 'node:fs';

import { createCore } from '../../web/core.mjs';

const ROUNDS = 15;
const BATCHES = [1, 8, 64];
const ROUND_MS = 100;

const [coreFile, decoderFile] = process.argv.slice(2);
if (!decoderFile) {
  console.error('usage: node tests/bench/core.mjs CORE.WASM DECODER.SAFETENSORS');
  process.exit(2);
}
const core = await createCore({ bytes: readFileSync(coreFile) });
const began = performance.now();
const decoder = core.loadDecoder(new Uint8Array(readFileSync(decoderFile)));
const loadMs = performance.now() - began;

const { latent, classes } = decoder.spec;
const inputs = BATCHES.map((n) => {
  const latents = new Int8Array(n * latent);
  const mixes = new Uint8Array(n * classes);
  for (let i = 0; i < n; i += 1) {
    latents.set(core.randomLatent(i, latent), i * latent);
    if (classes > 0) mixes[i * classes + (i % classes)] = 255;
  }
  return { n, latents, mixes, times: [] };
});
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const { n, latents, mixes, times } of inputs) {
    const start = performance.now();
    let calls = 0;
    while (performance.now() - start < ROUND_MS) {
      decoder.decode(n, latents, mixes);
      calls += 1;
    }
    if (round > 0) times.push((performance.now() - start) / calls); // the first round warms up
  }
}
console.log(`load ${loadMs.toFixed(1)} ms`);
for (const { n, times } of inputs) {
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  console.log(`batch ${n}: ${median.toFixed(2)} ms, ${(median / n).toFixed(3)} ms a picture`);
}
