// Golden models on disk, for the tests of the core under node.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const GOLDEN = path.join(HERE, '../golden');
const MODELS = path.join(GOLDEN, 'models');

/** Names of the golden models. */
export const goldenModels = () =>
  readdirSync(MODELS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

export const modelPath = (model, file) => path.join(MODELS, model, file);
export const readModel = (model, file) => new Uint8Array(readFileSync(modelPath(model, file)));

const TYPES = { F32: Float32Array, U8: Uint8Array };

/** Bytes of a file that the core's own writer made → Map of tensor name → {shape, values}. Trusts the file. */
export function readTensors(bytes) {
  const headerSize = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerSize)));
  delete header.__metadata__;
  return new Map(
    Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
      const data = bytes.slice(8 + headerSize + from, 8 + headerSize + to);
      return [name, { shape, values: new TYPES[dtype](data.buffer) }];
    }),
  );
}

/** [[name, shape, Uint8Array]] → bytes of a safetensors file. */
export function writeTensors(tensors) {
  const header = {};
  let at = 0;
  for (const [name, shape, values] of tensors) {
    header[name] = { dtype: 'U8', shape, data_offsets: [at, (at += values.length)] };
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...tensors.map(([, , values]) => values)]);
}

/** The samples whose pixels are golden: drawn by seed, of one class or of two mixed. */
export function goldenSamples(core, { latent, switches = 0, classes }, n = 8) {
  const latents = new Int8Array(n * latent);
  const mixes = new Uint8Array(n * classes);
  for (let i = 0; i < n; i += 1) {
    latents.set(core.randomLatent(1000 + i, latent, 100, switches), i * latent);
    if (classes > 0) mixes[i * classes + (i % classes)] = 255;
    if (classes > 0 && i >= n / 2) mixes[i * classes + ((i * 3) % classes)] = 100;
  }
  return { n, latents, mixes };
}
