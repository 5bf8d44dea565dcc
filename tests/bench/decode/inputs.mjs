// Everything that the engines are given of one model, as files for the page.
import { createCore, runLayers } from '../../../web/core.mjs';
import { FORMS, decoderGraph } from './graph.mjs';
import { checkLayers, convolutionMultiplyAdds, decoderLayers } from './layers.mjs';
import { writeOnnx } from './onnx.mjs';
import { applyPrior } from './prior.mjs';
import { writeTflite } from './tflite.mjs';
import { readDecoder } from './weights.mjs';

export const BATCHES = [1, 64];
const TOTAL = Math.max(...BATCHES);
const FIRST_SEED = 1;

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/** Our own pixels as floats [TOTAL, H, W, C]: what every engine must give. */
function expectedPixels(decoder, latents, mixes) {
  const { latent, classes, height, width, channels } = decoder.spec;
  const size = height * width * channels;
  const pixels = new Float32Array(TOTAL * size);
  for (let i = 0; i < TOTAL; i += 1) {
    const u = Float32Array.from(latents.subarray(i * latent, (i + 1) * latent), (step) => step / 32);
    const mix = Float32Array.from(mixes.subarray(i * classes, (i + 1) * classes), (weight) => weight / 255);
    pixels.set(runLayers(decoder, 1, u, mix).at(-1).values, i * size);
  }
  return pixels;
}

/**
 * `name` and the bytes of its decoder and of core.wasm → {name, spec, macs: multiply-adds of a picture's direct convolutions,
 * files: Map of path → bytes, compactOnnx: bytes, firstInput: Float32Array [D + K]}.
 */
export async function modelInputs(name, decoderBytes, coreBytes) {
  const core = await createCore({ bytes: coreBytes });
  const decoder = core.loadDecoder(decoderBytes);
  const model = readDecoder(decoderBytes);
  const list = decoderLayers(model.spec);
  checkLayers(list, decoder.layers);
  const { latent, switches = 0, classes } = model.spec;
  const latents = new Int8Array(TOTAL * latent);
  const mixes = new Uint8Array(TOTAL * classes);
  const chosen = Array.from({ length: classes > 0 ? TOTAL : 0 }, (_, i) => i % classes);
  for (let i = 0; i < TOTAL; i += 1) latents.set(core.randomLatent(FIRST_SEED + i, latent, 100, switches), i * latent);
  chosen.forEach((k, i) => (mixes[i * classes + k] = 255));
  const graphInput = applyPrior(model, latents, chosen);

  const files = new Map();
  const put = (file, bytes) => files.set(`/files/${name}/${file}`, bytes);
  put('decoder.safetensors', Buffer.from(decoderBytes));
  put('info.json', Buffer.from(JSON.stringify({ total: TOTAL, spec: decoder.spec })));
  put('latents.i8', bytesOf(latents));
  put('mixes.u8', bytesOf(mixes));
  put('graph-input.f32', bytesOf(graphInput));
  put('pixels.f32', bytesOf(expectedPixels(decoder, latents, mixes)));
  for (const form of FORMS) {
    const graph = decoderGraph(model, form);
    for (const n of BATCHES) {
      put(`${form}-${n}.onnx`, bytesOf(writeOnnx(graph, n)));
      put(`${form}-${n}.tflite`, bytesOf(writeTflite(graph, n)));
    }
  }
  const compactOnnx = bytesOf(writeOnnx(decoderGraph(model, 'upsample'), 1, { compact: true }));
  const firstInput = graphInput.slice(0, graphInput.length / TOTAL);
  decoder.free();
  return { name, spec: model.spec, macs: convolutionMultiplyAdds(list), files, compactOnnx, firstInput };
}
