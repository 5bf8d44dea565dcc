// A decoder after its prior as a graph of no particular engine: what onnx.mjs and tflite.mjs write and tfjs is called by.
import { decoderLayers } from './layers.mjs';

/** How an upsampling layer may be put: as it is defined, or as one transposed convolution of stride 2 that gives the same. */
export const FORMS = ['upsample', 'transposed'];

/** Which taps [first, last] of the 3x3 kernel meet the input pixel that tap k of the 4x4 kernel meets. */
const SUMMED = [
  [2, 2],
  [1, 2],
  [0, 1],
  [0, 0],
];

/** Weights [O, 3, 3, I] of nearest 2x and 3x3, padding 1 → [O, 4, 4, I] of a transposed convolution, stride 2, padding 1. */
function transposedKernel(weight, outputs, inputs) {
  const kernel = new Float32Array(outputs * 16 * inputs);
  const tap = (o, y, x, i) => weight[((o * 3 + y) * 3 + x) * inputs + i];
  let at = 0;
  for (let o = 0; o < outputs; o += 1) {
    for (const [top, bottom] of SUMMED) {
      for (const [left, right] of SUMMED) {
        for (let i = 0; i < inputs; i += 1) {
          let sum = 0;
          for (let y = top; y <= bottom; y += 1) for (let x = left; x <= right; x += 1) sum += tap(o, y, x, i);
          kernel[at++] = sum;
        }
      }
    }
  }
  return kernel;
}

/**
 * {spec, tensors} of a decoder → [{op, name, inputs: [value], in, out: [h, w, c], activation, weight, bias}]. op is 'dense'
 * (weight [O, I]), 'conv' (3x3, padding 1, [O, 3, 3, I]), 'nearest' (2x), 'transposed' (4x4, stride 2, padding 1,
 * [O, 4, 4, I]) or 'add'. Value 0 is the input [N, D + K]; step i writes value i + 1; the last is the picture.
 * Weights are {shape, values, dtype, step}, of weights.mjs.
 */
export function decoderGraph({ spec, tensors }, form) {
  const steps = [];
  const valueOf = [0]; // of each layer's value
  for (const { kind, name, inputs, in: from, out, activation } of decoderLayers(spec)) {
    const add = (op, more) =>
      steps.push({ op, name, inputs: inputs.map((i) => valueOf[i]), in: from, out, activation, ...more });
    const weight = tensors.get(`${name}.weight`);
    const bias = tensors.get(`${name}.bias`);
    if (kind === 'add' || kind === 'dense' || kind === 'conv') {
      add(kind, { weight, bias });
    } else if (form === 'transposed') {
      const [outputs, , , channels] = weight.shape;
      const values = transposedKernel(weight.values, outputs, channels);
      add('transposed', { weight: { shape: [outputs, 4, 4, channels], values, dtype: 'F32', step: null }, bias });
    } else {
      const wide = [out[0], out[1], from[2]];
      add('nearest', { name: `${name}.nearest`, out: wide, activation: '' });
      steps.push({ op: 'conv', name, inputs: [steps.length], in: wide, out, activation, weight, bias });
    }
    valueOf.push(steps.length);
  }
  return steps;
}
