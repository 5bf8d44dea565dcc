// LiteRT.js on the CPU: XNNPACK, relaxed SIMD where the browser has it (this Chromium does).
import { Tensor, loadAndCompile, loadLiteRt } from '/npm/@litertjs/core/dist/index.js';
import { fetchBytes, graphInput } from '../inputs.mjs';

export async function start({ threads, build }) {
  await loadLiteRt('/npm/@litertjs/core/wasm/', { threads: build === 'threaded' });
  const { version } = await (await fetch('/npm/@litertjs/core/package.json')).json();
  return {
    version,
    async open({ model, n, form }) {
      const options = { accelerator: 'wasm', cpuOptions: { numThreads: threads } };
      const compiled = await loadAndCompile(await fetchBytes(`${model}/${form}-${n}.tflite`), options);
      const input = await graphInput(model, n);
      const shape = [n, input.length / n];
      const run = async () => {
        const latent = new Tensor(input, shape);
        const [pixels] = await compiled.run(latent);
        const values = pixels.toTypedArray();
        latent.delete();
        pixels.delete();
        return values;
      };
      return { run, picture: async () => (await run()).slice(), close: () => compiled.delete() };
    },
  };
}
