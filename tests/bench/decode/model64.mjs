// A 64x64x3 decoder with random weights, the same in every run.
import { decoderLayers } from './layers.mjs';
import { writeDecoder } from './weights.mjs';

export const SPEC = {
  version: 2,
  name: 'random-64',
  modality: 'image',
  objective: 'avae',
  height: 64,
  width: 64,
  channels: 3,
  latent: 64,
  switches: 0,
  classes: 0,
  class_names: [],
  prior: 'class-gaussian',
  stage_widths: [64, 48, 32, 16],
  stage_blocks: [1, 1, 1, 0],
  discriminator_widths: [64, 48, 32, 16],
};

/** mulberry32: → a function that gives numbers uniform in [-1, 1). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** → bytes of its decoder.safetensors. Weights keep the scale of values from layer to layer; pixels lie around 1/2. */
export function randomDecoder64() {
  const random = uniform(64);
  const size = SPEC.latent;
  const tensors = new Map();
  const add = (name, shape, value) => {
    const count = shape.reduce((product, side) => product * side, 1);
    tensors.set(name, { shape, values: Float32Array.from({ length: count }, value) });
  };
  add('prior.mean', [1, size], () => 0.1 * random());
  add('prior.scale', [1, (size * (size + 1)) / 2], () => 0.3 * random());
  for (const {
    kind,
    name,
    in: [, , inputs],
    out: [h, w, c],
    activation,
  } of decoderLayers(SPEC)) {
    if (kind === 'add') continue;
    const fanIn = kind === 'dense' ? inputs : 9 * inputs;
    const scale = Math.sqrt((name === 'head' ? 0.1 : activation ? 6 : 1) / fanIn);
    add(`${name}.weight`, kind === 'dense' ? [h * w * c, inputs] : [c, 3, 3, inputs], () => scale * random());
    add(`${name}.bias`, [kind === 'dense' ? h * w * c : c], () => (name === 'head' ? 0.5 : 0.1 * random()));
  }
  return writeDecoder({ spec: SPEC, tensors });
}
