// The built core.wasm under node: AVAE_CORE names it, AVAE_CORE_PROBE the variant that can pretend to be on another CPU.
// With AVAE_RELAXED=1 they are of relaxed SIMD, which promises pixels within one step and nothing about bits.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';

import { CoreError, createCore, runLayers } from '../../web/core.mjs';
import { GOLDEN, goldenModels, goldenSamples, readModel, readTensors } from './core-files.mjs';

const relaxed = process.env.AVAE_RELAXED === '1';
if (relaxed) setFlagsFromString('--experimental-wasm-relaxed-simd'); // node 20 has it behind a flag
const bytes = readFileSync(process.env.AVAE_CORE);
const module = await WebAssembly.compile(bytes);
const core = await createCore({ module });
const ROLES = ['decoder', 'encoder', 'discriminator'];
// kLayerTolerance in tests/parity/tolerance.hpp.
const layerTolerance = Number(
  /kLayerTolerance = ([0-9.e-]+)/.exec(readFileSync(path.join(GOLDEN, '../parity/tolerance.hpp'), 'utf8'))[1],
);

function relativeError(a, b) {
  assert.equal(a.length, b.length);
  let largest = 1;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) {
    assert.ok(Number.isFinite(a[i]));
    largest = Math.max(largest, Math.abs(b[i]));
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
  }
  return difference / largest;
}

function goldenValues(network, model) {
  const values = readTensors(readModel(model, `${network.role}.values.safetensors`));
  const input = values.get('input').values;
  const mix = values.get('mix')?.values ?? new Float32Array(0);
  return { n: values.get('input').shape[0], input, mix, layer: (name) => values.get(`layer.${name}`) };
}

/** Bit for bit; one step apart with relaxed SIMD. */
function samePixels(actual, expected) {
  if (!relaxed) return assert.deepEqual(actual, expected);
  assert.equal(actual.length, expected.length);
  return actual.forEach((pixel, i) => assert.ok(Math.abs(pixel - expected[i]) <= 1));
}

const toBytes = (floats) => Uint8Array.from(floats, (x) => Math.round(255 * Math.min(1, Math.max(0, x))));

test('core: computes every layer of the golden models', () => {
  assert.ok(goldenModels().length >= 3);
  for (const model of goldenModels()) {
    for (const role of ROLES) {
      const network = core.load(readModel(model, `${role}.safetensors`));
      assert.equal(network.role, role);
      const golden = goldenValues(network, model);
      for (const { name, shape, values } of runLayers(network, golden.n, golden.input, golden.mix)) {
        const expected = golden.layer(name);
        assert.deepEqual(shape, expected.shape, `${model} ${role} ${name}`);
        const error = relativeError(values, expected.values);
        assert.ok(error < layerTolerance, `${model} ${role} ${name}: ${error}`);
      }
      network.free();
    }
  }
});

test('core: decodes the golden pixels bit for bit, one at a time and together', () => {
  for (const model of goldenModels()) {
    const decoder = core.loadDecoder(readModel(model, 'decoder.safetensors'));
    const { latent, classes } = decoder.spec;
    const golden = readTensors(readModel(model, 'pixels.safetensors'));
    const { n, latents, mixes } = goldenSamples(core, decoder.spec);
    assert.deepEqual(new Uint8Array(latents.buffer), golden.get('latents').values);
    const together = decoder.decode(n, latents, mixes);
    samePixels(together, golden.get('pixels').values);
    for (let i = 0; i < n; i += 1) {
      const one = decoder.decode(
        1,
        latents.slice(i * latent, (i + 1) * latent),
        mixes.slice(i * classes, (i + 1) * classes),
      );
      samePixels(one, together.slice(i * one.length, (i + 1) * one.length));
    }
    decoder.free();
  }
});

if (!relaxed) {
  test('core: gives the same bits whichever kernels XNNPACK chooses', async () => {
    const probe = await WebAssembly.compile(readFileSync(process.env.AVAE_CORE_PROBE));
    const tiles = new Set();
    for (const x86 of [0, 1]) {
      let exports;
      const other = await createCore({ module: probe, onExports: (all) => (exports = all) });
      tiles.add(exports.avae_probe_pretend_x86(x86));
      for (const model of goldenModels()) {
        for (const role of ROLES) {
          const file = readModel(model, `${role}.safetensors`);
          const [here, there] = [core.load(file), other.load(file)];
          const { n, input, mix } = goldenValues(here, model);
          assert.deepEqual(runLayers(there, n, input, mix), runLayers(here, n, input, mix), `${model} ${role} ${x86}`);
          here.free();
        }
      }
    }
    assert.deepEqual([...tiles], [5, 4]);
  });
}

test('core: encodes to the posterior mean seen through the inverse of the prior', () => {
  for (const model of goldenModels()) {
    const decoder = core.loadDecoder(readModel(model, 'decoder.safetensors'));
    const encoder = core.loadEncoder(readModel(model, 'encoder.safetensors'));
    const { latent, switches, classes } = encoder.spec;
    const pixels = toBytes(goldenValues(encoder, model).input.slice(0, encoder.pixels));
    const mixes = new Uint8Array(classes);
    if (classes > 0) mixes.set([51, 0, 204]);
    const { mean, latent: quantised } = encoder.encode(decoder, 1, pixels, mixes);

    const floats = Float32Array.from(pixels, (x) => Math.fround(x) / 255);
    const mix = Float32Array.from(mixes, (weight) => weight / 255);
    const posterior = runLayers(encoder, 1, floats, mix).at(-1).values.slice(0, latent - switches);
    // The decoder's first layer, where there is a prior, takes u back to z.
    const first = runLayers(decoder, 1, mean, mix)[0];
    assert.ok(relativeError(first.name === 'prior' ? first.values : mean, posterior) < 1e-4);
    quantised.forEach((q, i) => assert.ok(Math.abs(q - Math.min(127, Math.max(-127, mean[i] * 32))) <= 0.501));
    decoder.free();
    encoder.free();
  }
});

test('core: reads a picture as the class that shows it best, closer than its mean', () => {
  for (const model of goldenModels()) {
    const decoder = core.loadDecoder(readModel(model, 'decoder.safetensors'));
    const encoder = core.loadEncoder(readModel(model, 'encoder.safetensors'));
    const { classes } = encoder.spec;
    const pixels = toBytes(goldenValues(encoder, model).input.slice(0, encoder.pixels));
    const errorOf = (latent, mix) =>
      decoder.decode(1, latent, mix).reduce((sum, value, i) => sum + ((value - pixels[i]) / 255) ** 2, 0) / pixels.length;
    const tried = classes === 0 ? [-1] : Array.from({ length: classes }, (_, k) => k);
    const means = tried.map((k) => {
      const mix = new Uint8Array(classes);
      if (k >= 0) mix[k] = 255;
      return errorOf(encoder.encode(decoder, 1, pixels, mix).latent, mix);
    });
    const best = means.indexOf(Math.min(...means));
    const { latent, mix, classIndex, error } = encoder.read(decoder, pixels);
    assert.equal(classIndex, tried[best]);
    assert.ok(Math.abs(error - errorOf(latent, mix)) < 1e-6);
    assert.ok(error < means[best], `${error} is not below the mean's ${means[best]}`);
    if (classes > 0) {
      assert.equal(encoder.read(decoder, pixels, classes - 1).classIndex, classes - 1);
      refuses(() => encoder.read(decoder, pixels, classes), /no class/);
    }
    refuses(() => encoder.read(decoder, pixels.slice(1)), /pixels must be/);
    // Without the encoder, the nearest that the decoder draws.
    const nearest = decoder.nearest(pixels, tried.at(-1));
    assert.equal(nearest.classIndex, tried.at(-1));
    assert.ok(Math.abs(nearest.error - errorOf(nearest.latent, nearest.mix)) < 1e-6);
    const drawn = core.randomLatent(1, decoder.spec.latent, 100, decoder.spec.switches ?? 0);
    assert.ok(nearest.error <= errorOf(drawn, nearest.mix), `${nearest.error} is above the first draw's`);
    refuses(() => decoder.nearest(pixels.slice(1)), /pixels must be/);
    decoder.free();
    encoder.free();
  }
});

test('core: discriminates with the class term weighted by the mix', () => {
  for (const model of goldenModels()) {
    const discriminator = core.loadDiscriminator(readModel(model, 'discriminator.safetensors'));
    const { classes } = discriminator.spec;
    const pixels = toBytes(goldenValues(discriminator, model).input.slice(0, discriminator.pixels));
    const mixes = new Uint8Array(classes);
    if (classes > 0) mixes.set([51, 0, 204]);
    const [logit] = discriminator.discriminate(1, pixels, mixes);
    const floats = Float32Array.from(pixels, (x) => Math.fround(x) / 255);
    const out = runLayers(discriminator, 1, floats, new Float32Array(classes)).at(-1).values;
    const expected = classes > 0 ? out[0] + 0.2 * out[1] + 0.8 * out[3] : out[0];
    assert.ok(Math.abs(logit - expected) < 1e-4 * Math.max(1, Math.abs(expected)));
    discriminator.free();
  }
});

test('core: reads and writes the golden links', () => {
  const { links } = JSON.parse(readFileSync(path.join(GOLDEN, 'links.json'), 'utf8'));
  assert.ok(links.length > 0);
  for (const golden of links) {
    assert.equal(core.linkModel(`#${golden.link}`), golden.model);
    const state = core.decodeLink(golden.link, golden.latent.length, golden.mix.length);
    assert.equal(state.view, golden.view);
    assert.deepEqual([...state.latent], golden.latent);
    assert.deepEqual([...state.mix], golden.mix);
    const [encoded = false, ...encodedFrames] = golden.encoded ?? [];
    assert.equal(state.encoded, encoded);
    assert.equal(state.morph?.keyframes.length ?? 0, golden.morph.length);
    if (state.morph) {
      assert.equal(state.morph.speed, golden.morph_speed);
      assert.equal(state.morph.loop, golden.morph_loop);
      assert.equal(state.morph.position, golden.morph_position);
      state.morph.keyframes.forEach((keyframe, i) => {
        assert.deepEqual([...keyframe.latent], golden.morph[i].latent);
        assert.deepEqual([...keyframe.mix], golden.morph[i].mix);
        assert.equal(keyframe.encoded, encodedFrames[i] ?? false);
      });
    }
    // What the future adds is skipped when read, so it is not written again.
    const written = core.encodeLink(state);
    if (golden.name.includes('future')) assert.deepEqual(core.decodeLink(written, state.latent.length, state.mix.length), state);
    else assert.equal(written, golden.link);
  }
});

test('core: draws the golden latents', () => {
  const { latents: draws } = JSON.parse(readFileSync(path.join(GOLDEN, 'latents.json'), 'utf8'));
  assert.ok(draws.length > 0);
  for (const { seed, size, truncation_percent: truncation, switches, latent } of draws) {
    assert.deepEqual([...core.randomLatent(BigInt(seed), size, truncation, switches)], latent);
  }
  assert.deepEqual(core.randomLatent(7, 16), core.randomLatent(7n, 16));
  assert.deepEqual(core.randomLatent(-1, 16), core.randomLatent(2n ** 64n - 1n, 16));
});

test('core: hashes as SHA-256 does', () => {
  for (const size of [0, 1, 64, 1000]) {
    const data = Uint8Array.from({ length: size }, (_, i) => i * 7);
    assert.equal(core.sha256(data), createHash('sha256').update(data).digest('hex'));
  }
});

const refuses = (action, message) =>
  assert.throws(action, (error) => error instanceof CoreError && (!message || message.test(error.message)));

test('core: refuses broken model files, with the reason, and goes on', () => {
  const file = readModel('grey', 'decoder.safetensors');
  refuses(() => core.load(new Uint8Array(0)));
  refuses(() => core.load(file.slice(0, file.length - 1)));
  const huge = file.slice();
  huge[7] = 255;
  refuses(() => core.load(huge), /header/);
  refuses(() => core.loadEncoder(file), /holds the decoder of a model, not the encoder/);
  core.loadDecoder(file).free();
});

test('core: refuses broken links and states, with the reason', () => {
  const { link } = JSON.parse(readFileSync(path.join(GOLDEN, 'links.json'), 'utf8')).links[0];
  refuses(() => core.linkModel(''), /^link/);
  refuses(() => core.linkModel('ä'), /^link/);
  refuses(() => core.linkModel(`${link.slice(0, -1)}${link.at(-1) === 'A' ? 'E' : 'A'}`), /^link/);
  refuses(() => core.decodeLink(link, 31, 10), /^link/);
  refuses(() => core.decodeLink(link, 32, 2), /^link/);
  const state = core.decodeLink(link, 32, 10);
  const keyframe = { latent: state.latent, mix: state.mix };
  const morph = { speed: 10, loop: true, position: 0, keyframes: [keyframe, keyframe] };
  assert.equal(core.decodeLink(core.encodeLink({ ...state, morph }), 32, 10).morph.keyframes.length, 2);
  const bad = [
    { model: '0123' },
    { model: '0123456789ABCDEF' },
    { view: 'spin' },
    { latent: [] },
    { latent: [1000] },
    { latent: [0.5] },
    { encoded: 1 },
    { mix: [0, 0] },
    { mix: [-1] },
    { morph: { ...morph, speed: 0 } },
    { morph: { ...morph, loop: 1 } },
    { morph: { ...morph, position: 65536 } },
    { morph: { ...morph, keyframes: [keyframe] } },
    { morph: { ...morph, keyframes: [keyframe, { ...keyframe, mix: [] }] } },
    { morph: { ...morph, extra: 1 } },
  ];
  for (const change of bad) refuses(() => core.encodeLink({ ...state, ...change }), /^state: /);
});

test('core: refuses arrays of another type or length, and a model that was freed', () => {
  const decoder = core.loadDecoder(readModel('grey', 'decoder.safetensors'));
  const latents = new Int8Array(6);
  const mixes = Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  assert.equal(decoder.decode(1, latents, mixes).length, 784);
  refuses(() => decoder.decode(1, latents, new Uint8Array(0)), /mixes must be Uint8Array of 10/);
  refuses(() => decoder.decode(2, latents, mixes), /latents must be Int8Array of 12/);
  refuses(() => decoder.decode(1, new Uint8Array(6), mixes), /latents must be Int8Array of 6/);
  refuses(() => decoder.decode(0, new Int8Array(0), new Uint8Array(0)), /batch is empty/);
  const encoder = core.loadEncoder(readModel('grey', 'encoder.safetensors'));
  refuses(() => encoder.encode(decoder, 1, new Uint8Array(784), new Uint8Array(10)), /no inverse/);
  decoder.free();
  decoder.free();
  refuses(() => decoder.decode(1, latents, mixes), /not loaded/);
  encoder.free();
});

test('core: works through a growth of its memory and gives memory back', async () => {
  const own = await createCore({ module });
  const file = readModel('grey', 'decoder.safetensors');
  const before = own.memoryBytes;
  const decoder = own.loadDecoder(file);
  const n = 1024;
  const mixes = new Uint8Array(n * 10).fill(1);
  const latents = new Int8Array(n * 6);
  for (let i = 0; i < latents.length; i += 1) latents[i] = (i % 6) * 20 - 60;
  const many = decoder.decode(n, latents, mixes);
  assert.ok(own.memoryBytes > before);
  const one = decoder.decode(1, latents.slice(0, 6), mixes.slice(0, 10));
  assert.deepEqual(many.slice(-784), one);
  const grown = own.memoryBytes;
  for (let i = 0; i < 20; i += 1) {
    decoder.decode(n / 8, latents.subarray(0, (n / 8) * 6), mixes.subarray(0, (n / 8) * 10));
    own.loadDecoder(file).free();
  }
  assert.equal(own.memoryBytes, grown);
  decoder.free();
});
