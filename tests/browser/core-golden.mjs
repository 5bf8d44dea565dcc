// Writes tests/golden/models/*/pixels.safetensors, what the core decodes bit for bit: node core-golden.mjs CORE.WASM
import { readFileSync, writeFileSync } from 'node:fs';

import { createCore } from '../../web/core.mjs';
import { goldenModels, goldenSamples, modelPath, readModel, writeTensors } from './core-files.mjs';

const core = await createCore({ bytes: readFileSync(process.argv[2]) });
for (const model of goldenModels()) {
  const decoder = core.loadDecoder(readModel(model, 'decoder.safetensors'));
  const { spec } = decoder;
  const { n, latents, mixes } = goldenSamples(core, spec);
  const tensors = [['latents', [n, spec.latent], new Uint8Array(latents.buffer)]];
  if (spec.classes > 0) tensors.push(['mixes', [n, spec.classes], mixes]);
  tensors.push(['pixels', [n, spec.height, spec.width, spec.channels], decoder.decode(n, latents, mixes)]);
  writeFileSync(modelPath(model, 'pixels.safetensors'), writeTensors(tensors));
  decoder.free();
}
