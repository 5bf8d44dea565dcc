// Our core on the page's thread, plain SIMD.
import { createCore, runLayers } from '/web/core.mjs';
import { coreInput, fetchBytes } from '../inputs.mjs';

/** Our core from the file `wasm`; the others of our engines use it too. */
export async function startCore(wasm) {
  const core = await createCore({ bytes: await fetchBytes(wasm) });
  return {
    version: '',
    async open({ model, n }) {
      const decoder = core.loadDecoder(await fetchBytes(`${model}/decoder.safetensors`));
      const { latents, mixes } = await coreInput(model, n);
      const { latent, classes } = decoder.spec;
      const run = () => decoder.decode(n, latents, mixes);
      return {
        run,
        picture() {
          const floats = Float32Array.from(latents, (step) => step / 32);
          const weights = Float32Array.from(mixes, (weight) => weight / 255);
          const pixels = run();
          const at = pixels.length / n;
          const picture = new Float32Array(pixels.length);
          for (let i = 0; i < n; i += 1) {
            const one = floats.slice(i * latent, (i + 1) * latent);
            picture.set(runLayers(decoder, 1, one, weights.slice(i * classes, (i + 1) * classes)).at(-1).values, i * at);
          }
          const off = pixels.findIndex((pixel, i) => Math.abs(pixel - 255 * picture[i]) > 0.6);
          if (off >= 0) throw new Error(`decode() gives ${pixels[off]} where the layers give ${255 * picture[off]}`);
          return picture;
        },
        close: () => decoder.free(),
      };
    },
  };
}

export const start = () => startCore('core.wasm');
