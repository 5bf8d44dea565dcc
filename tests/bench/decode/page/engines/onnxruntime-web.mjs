// onnxruntime-web on its wasm backend: all graph optimisations, SIMD, channels first.
import * as ort from '/npm/onnxruntime-web/dist/ort.wasm.min.mjs';
import { fetchBytes, graphInput } from '../inputs.mjs';

export async function start({ threads }) {
  ort.env.wasm.wasmPaths = new URL('/npm/onnxruntime-web/dist/', location.href).href;
  ort.env.wasm.numThreads = threads;
  return {
    version: ort.env.versions.web,
    async open({ model, n, form }) {
      const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
      const session = await ort.InferenceSession.create(await fetchBytes(`${model}/${form}-${n}.onnx`), options);
      const input = await graphInput(model, n);
      const latent = new ort.Tensor('float32', input, [n, input.length / n]);
      const run = async () => (await session.run({ latent })).pixels.data;
      return {
        run,
        async picture() {
          const { pixels } = await session.run({ latent });
          const [, channels, height, width] = pixels.dims;
          const area = height * width;
          return Float32Array.from(pixels.data, (_, i) => {
            const [sample, rest] = [Math.floor(i / (area * channels)), i % (area * channels)];
            return pixels.data[(sample * channels + (rest % channels)) * area + Math.floor(rest / channels)];
          });
        },
        close: () => session.release(),
      };
    },
  };
}
