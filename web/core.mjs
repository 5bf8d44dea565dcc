// The inference core for JavaScript: models in, pixels out, and the codec of links. Runs in workers and under node.
//
//   const core = await createCore({ module });            // or { bytes }: the bytes of core.wasm
//   const decoder = core.loadDecoder(fileBytes);          // throws CoreError when the file is refused
//   const pixels = decoder.decode(1, latents, mixes);     // Uint8Array [1, H, W, C]
//   decoder.free();
//
// Shape letters: N samples, H W C picture, Z latent size, K classes. A latent is Int8Array [Z] in steps of 1/32, a class mix
// Uint8Array [K] of weights (empty when K is 0). Every array that is returned is the caller's own.
// The C interface underneath is described in wasm/core.h.

/** What the core refuses: `message` says what happened, `hint` what to do (may be empty). */
export class CoreError extends Error {
  constructor(message, hint = '') {
    super(message);
    this.name = 'CoreError';
    this.hint = hint;
  }
}

/**
 * Starts one instance of the core: from `module` (a compiled core.wasm) or from its `bytes`.
 * `onExports` sees the functions of the module before the first use (for tests).
 */
export async function createCore({ module, bytes, onExports = () => {} }) {
  const imports = { env: { emscripten_notify_memory_growth: () => {} } };
  const instance = await WebAssembly.instantiate(module ?? (await WebAssembly.compile(bytes)), imports);
  instance.exports._initialize();
  onExports(instance.exports);
  return new Core(instance.exports);
}

/** Calls into the module with arrays: copies them in, runs, copies results out, frees. Memory may grow in any call. */
class Memory {
  constructor(exports) {
    this.exports = exports;
  }

  /** The bytes that the typed array `array` holds. */
  static bytesOf(array) {
    return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  }

  copyOut(Type, address, length) {
    return new Type(this.exports.memory.buffer.slice(address, address + length * Type.BYTES_PER_ELEMENT));
  }

  text() {
    const bytes = this.copyOut(Uint8Array, this.exports.avae_text(), this.exports.avae_text_bytes());
    return new TextDecoder().decode(bytes);
  }

  /** The CoreError that the last call left. */
  error() {
    const [message, hint = ''] = this.text().split('\n');
    return new CoreError(message, hint);
  }

  /** Runs `use(...addresses)` with blocks of the module's memory that hold `arrays`; frees them afterwards. */
  with(arrays, use) {
    const addresses = [];
    try {
      for (const array of arrays) {
        const address = this.exports.avae_alloc(array.byteLength);
        if (address === 0) throw new CoreError('out of memory', 'decode fewer samples at once');
        addresses.push(address);
      }
      arrays.forEach((array, i) => {
        new Uint8Array(this.exports.memory.buffer).set(Memory.bytesOf(array), addresses[i]);
      });
      return use(...addresses);
    } finally {
      for (const address of addresses) this.exports.avae_free(address);
    }
  }

  /** As with(), for functions that return 0 on failure; copies the blocks in `outputs` back into their arrays. */
  call(name, before, arrays, outputs = []) {
    return this.with(arrays, (...addresses) => {
      const result = this.exports[name](...before, ...addresses);
      if (result === 0) throw this.error();
      for (const at of outputs) {
        Memory.bytesOf(arrays[at]).set(this.copyOut(Uint8Array, addresses[at], arrays[at].byteLength));
      }
      return result;
    });
  }

  /** As call(), for functions of one block and its length; returns their text. */
  textOf(name, block, after = []) {
    return this.with([block], (address) => {
      if (this.exports[name](address, block.byteLength, ...after) === 0) throw this.error();
      return this.text();
    });
  }
}

/** Refuses an array of another type or length than the core will read. */
function expect(array, Type, length, what) {
  if (!(array instanceof Type) || array.length !== length) {
    throw new CoreError(`${what} must be ${Type.name} of ${length}`, 'see the shapes in core.mjs');
  }
}

/** The shares of one model file: what all roles have. Made by Core.load(); free() it when it is no longer needed. */
class Network {
  /** 'decoder', 'encoder' or 'discriminator'. */
  role;
  /** The ModelSpec as in the file: {name, height, width, channels, latent, switches, classes, class_names, …}. */
  spec;
  /** [{name, shape: [h, w, c]}], what runLayers() gives. */
  layers;

  constructor(memory, handle, { role, spec, layers }) {
    Object.assign(this, { memory, handle, role, spec, layers });
    this.pixels = spec.height * spec.width * spec.channels;
  }

  /** Frees the weights. Any later call throws. */
  free() {
    if (this.handle !== 0) this.memory.exports.avae_unload(this.handle);
    this.handle = 0;
  }
}

/** A picture as a sample of the model that `decoder` is of; `encoder` is the handle of its encoder, or 0. */
function readBy(encoder, decoder, pixels, only) {
  const latent = new Int8Array(decoder.spec.latent);
  const mix = new Uint8Array(decoder.spec.classes);
  const error = new Float32Array(1);
  decoder.memory.call('avae_read', [encoder, decoder.handle, only], [pixels, latent, mix, error], [1, 2, 3]);
  return { latent, mix, classIndex: mix.indexOf(255), error: error[0] };
}

export class Decoder extends Network {
  /** latents Int8Array [n, Z], mixes Uint8Array [n, K] → Uint8Array [n, H, W, C]. The same bits for any n, on any machine. */
  decode(n, latents, mixes) {
    expect(latents, Int8Array, n * this.spec.latent, 'latents');
    expect(mixes, Uint8Array, n * this.spec.classes, 'mixes');
    const pixels = new Uint8Array(n * this.pixels);
    this.memory.call('avae_decode', [this.handle, n], [latents, mixes, pixels], [2]);
    return pixels;
  }

  /** Without an encoder: what comes nearest to a picture, as class `only` or (-1) as any. → as Encoder.read() */
  nearest(pixels, only = -1) {
    expect(pixels, Uint8Array, this.pixels, 'pixels');
    return readBy(0, this, pixels, only);
  }
}

export class Encoder extends Network {
  /**
   * pixels Uint8Array [n, H, W, C], mixes Uint8Array [n, K] → {mean: Float32Array [n, Z], latent: Int8Array [n, Z]}:
   * the mean of q(z | x), whitened by the prior of `decoder` (of the same model and core), and the same quantised.
   */
  encode(decoder, n, pixels, mixes) {
    expect(pixels, Uint8Array, n * this.pixels, 'pixels');
    expect(mixes, Uint8Array, n * this.spec.classes, 'mixes');
    const mean = new Float32Array(n * this.spec.latent);
    const latent = new Int8Array(n * this.spec.latent);
    this.memory.call('avae_encode', [this.handle, decoder.handle, n], [pixels, mixes, mean, latent], [2, 3]);
    return { mean, latent };
  }

  /**
   * One picture, pixels Uint8Array [H, W, C], as class `only` or (-1) as the one that shows it best → {latent: Int8Array [Z], mix:
   * Uint8Array [K], classIndex or -1, error: mean squared, of 0..1}. What the mean leaves out is looked for: shared/infer/read_picture.hpp.
   */
  read(decoder, pixels, only = -1) {
    expect(pixels, Uint8Array, this.pixels, 'pixels');
    return readBy(this.handle, decoder, pixels, only);
  }
}

export class Discriminator extends Network {
  /** pixels Uint8Array [n, H, W, C], mixes Uint8Array [n, K] → logits Float32Array [n]; greater is more real. */
  discriminate(n, pixels, mixes) {
    expect(pixels, Uint8Array, n * this.pixels, 'pixels');
    expect(mixes, Uint8Array, n * this.spec.classes, 'mixes');
    const logits = new Float32Array(n);
    this.memory.call('avae_discriminate', [this.handle, n], [pixels, mixes, logits], [2]);
    return logits;
  }
}

/**
 * For parity tests: input Float32Array [n, Z] or [n, H, W, C], mix Float32Array [n, K] → [{name, shape: [n, h, w, c],
 * values: Float32Array}], one for each layer of `network`. Apart from it, so that the page need not fetch this.
 */
export function runLayers({ memory, handle, role, spec, pixels, layers }, n, input, mix) {
  expect(input, Float32Array, n * (role === 'decoder' ? spec.latent : pixels), 'input');
  expect(mix, Float32Array, n * spec.classes, 'mix');
  memory.call('avae_run_layers', [handle, n], [input, mix]);
  return layers.map(({ name, shape }, i) => {
    const size = shape.reduce((product, side) => product * side, n);
    return { name, shape: [n, ...shape], values: memory.copyOut(Float32Array, memory.exports.avae_layer(i), size) };
  });
}

const ROLES = { decoder: Decoder, encoder: Encoder, discriminator: Discriminator };

const fromArrays = ({ latent, mix, encoded }) => ({ latent: Int8Array.from(latent), mix: Uint8Array.from(mix), encoded });
const toArrays = ({ latent, mix, encoded = false }) => ({ latent: [...latent], mix: [...mix], encoded });

class Core {
  #memory;

  constructor(exports) {
    this.#memory = new Memory(exports);
  }

  /** Bytes of memory the instance holds. */
  get memoryBytes() {
    return this.#memory.exports.memory.buffer.byteLength;
  }

  /** A model file (Uint8Array) → Decoder, Encoder or Discriminator, by what the file holds. */
  load(bytes) {
    const memory = this.#memory;
    return memory.with([bytes], (address) => {
      const handle = memory.exports.avae_load(address, bytes.byteLength);
      if (handle === 0) throw memory.error();
      const description = JSON.parse(memory.text());
      return new ROLES[description.role](memory, handle, description);
    });
  }

  #loadRole(role, bytes) {
    const network = this.load(bytes);
    if (network.role === role) return network;
    network.free();
    throw new CoreError(`the file holds the ${network.role} of a model, not the ${role}`, `give ${role}.safetensors`);
  }

  loadDecoder(bytes) {
    return this.#loadRole('decoder', bytes);
  }

  loadEncoder(bytes) {
    return this.#loadRole('encoder', bytes);
  }

  loadDiscriminator(bytes) {
    return this.#loadRole('discriminator', bytes);
  }

  /**
   * The latent Int8Array [Z] that `seed` (BigInt or whole Number, taken modulo 2^64) stands for, everywhere.
   * `truncation` in percent, 0 to 100, pulls it towards the middle. The last `switches` coordinates are -32 or 32.
   */
  randomLatent(seed, latentSize, truncation = 100, switches = 0) {
    const latent = new Int8Array(latentSize);
    return this.#memory.with([latent], (address) => {
      this.#memory.exports.avae_random_latent(BigInt.asUintN(64, BigInt(seed)), latentSize, truncation, switches, address);
      return this.#memory.copyOut(Int8Array, address, latentSize);
    });
  }

  /** Uint8Array → SHA-256 in lower-case hex. */
  sha256(bytes) {
    return this.#memory.with([bytes, new Uint8Array(32)], (address, digest) => {
      this.#memory.exports.avae_sha256(address, bytes.byteLength, digest);
      return [...this.#memory.copyOut(Uint8Array, digest, 32)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    });
  }

  /** Which model a link is for: 16 hex digits. `text` may start with '#'. Throws CoreError when it is no link. */
  linkModel(text) {
    return this.#memory.textOf('avae_link_model', new TextEncoder().encode(text));
  }

  /**
   * A link of a model with these sizes → {model, view, latent: Int8Array, mix: Uint8Array, encoded, morph: null | {speed,
   * loop, position, keyframes: [{latent, mix, encoded}]}}. Throws CoreError when the link is broken.
   */
  decodeLink(text, latentSize, classes) {
    const json = this.#memory.textOf('avae_link_decode', new TextEncoder().encode(text), [latentSize, classes]);
    const { morph = null, ...state } = JSON.parse(json);
    return {
      ...state,
      ...fromArrays(state),
      morph: morph && { ...morph, keyframes: morph.keyframes.map(fromArrays) },
    };
  }

  /** A state as decodeLink() gives it (a missing or null morph is none) → link text, without '#'. */
  encodeLink({ model, view, latent, mix, encoded, morph = null }) {
    const state = { model, view, ...toArrays({ latent, mix, encoded }) };
    if (morph) state.morph = { ...morph, keyframes: morph.keyframes.map(toArrays) };
    return this.#memory.textOf('avae_link_encode', new TextEncoder().encode(JSON.stringify(state)));
  }
}
