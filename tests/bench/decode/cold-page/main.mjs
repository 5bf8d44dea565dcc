// The first picture by onnxruntime-web: what a page needs at least, everything asked for at once.
import * as ort from './ort/ort.wasm.min.mjs';

ort.env.wasm.wasmPaths = new URL('ort/', location.href).href;
ort.env.wasm.numThreads = 1;
const [model, latent] = await Promise.all([
  fetch('model.onnx').then((response) => response.arrayBuffer()),
  fetch('latent.json').then((response) => response.json()),
]);
const session = await ort.InferenceSession.create(model, {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'all',
});
const { pixels } = await session.run({
  latent: new ort.Tensor('float32', Float32Array.from(latent), [1, latent.length]),
});
const [, channels, height, width] = pixels.dims;
const area = height * width;
const image = new ImageData(width, height);
image.data.forEach((_, i) => {
  const [at, c] = [i >> 2, i & 3];
  image.data[i] = c === 3 ? 255 : 255 * pixels.data[(channels === 3 ? c : 0) * area + at];
});
const canvas = Object.assign(document.getElementById('sample'), { width, height });
canvas.getContext('2d').putImageData(image, 0, 0);
