// The published site under test, and what the tests compare it with.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { PNG } from 'pngjs';

import { createCore } from '../../web/core.mjs';
import { parseManifest, siteFile } from '../../web/manifest.mjs';

export const SITE = process.env.AVAE_SITE;
export const SCREENSHOTS = process.env.AVAE_SCREENSHOTS;
export const PROGRAM = process.env.AVAE_PROGRAM;

export const readManifest = (folder = SITE) => parseManifest(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const startCore = (manifest) =>
  createCore({ bytes: readFileSync(path.join(SITE, siteFile(manifest, 'core.wasm').path)) });

/** `link` as it would be for another model of the same sizes. */
export async function linkOf(modelId, link) {
  const manifest = readManifest();
  const core = await startCore(manifest);
  const { spec } = manifest.models.find(({ id }) => id === core.linkModel(link));
  return core.encodeLink({ ...core.decodeLink(link, spec.latent, spec.classes), model: modelId });
}

/** What `link` restores, as the core reads it. */
export async function stateOf(link) {
  const core = await startCore(readManifest());
  const { spec } = readManifest().models.find(({ id }) => id === core.linkModel(link));
  return core.decodeLink(link, spec.latent, spec.classes);
}

/** Links of `n` samples of the default model, each of another class. */
export async function firstLinks(n) {
  const manifest = readManifest();
  const core = await startCore(manifest);
  const { id, spec } = manifest.models.find(({ id: each }) => each === manifest.default);
  return Array.from({ length: n }, (_, i) => {
    const latent = core.randomLatent(i + 1, spec.latent, 100, spec.switches ?? 0);
    const mix = Array.from({ length: spec.classes }, (_, k) => (k === i % spec.classes ? 255 : 0));
    return core.encodeLink({ model: id, view: 'shape', latent: Array.from(latent), mix });
  });
}

/** The pixels of `link`, decoded under node by the site's own core and model file. → {pixels, spec, decoder: its path} */
export async function decodeUnderNode(link) {
  const manifest = readManifest();
  const core = await startCore(manifest);
  const model = manifest.models.find(({ id }) => id === core.linkModel(link));
  const decoder = path.join(SITE, model.decoder.path);
  const state = core.decodeLink(link, model.spec.latent, model.spec.classes);
  const loaded = core.loadDecoder(readFileSync(decoder));
  return { pixels: loaded.decode(1, Int8Array.from(state.latent), Uint8Array.from(state.mix)), spec: model.spec, decoder };
}

/** The pixels [H, W, C] of the PNG that `avae open` makes of `link`. */
export function openNatively(link, { spec, decoder }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'avae-open-'));
  try {
    const out = path.join(folder, 'sample.png');
    copyFileSync(decoder, path.join(folder, 'decoder.safetensors'));
    execFileSync(PROGRAM, ['open', link, '--model', folder, '--out', out], { stdio: ['ignore', 'ignore', 'inherit'] });
    const png = PNG.sync.read(readFileSync(out));
    if (png.width !== spec.width || png.height !== spec.height) throw new Error(`the PNG is ${png.width}×${png.height}`);
    return Uint8Array.from({ length: spec.height * spec.width * spec.channels }, (_, i) =>
      png.data[4 * Math.floor(i / spec.channels) + (i % spec.channels)],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
