// Reads and writes decoder.safetensors. Trusts the file: the core has checked it.

function halfToFloat(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function toFloats(dtype, bytes) {
  const { buffer } = bytes.slice(); // aligned
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  if (dtype === 'I8') return Float32Array.from(new Int8Array(buffer));
  throw new Error(`the benchmark reads no weights of type ${dtype}`);
}

/**
 * Bytes of a decoder file → {spec, tensors: Map of name → {shape, dtype, values: Float32Array, step: {dtype, values} | null}}.
 * I8 weights are multiples of a step along their last dimension, kept as NAME.step; `values` are the products.
 */
export function readDecoder(bytes) {
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
  const spec = JSON.parse(header.__metadata__['avae.spec']);
  const read = (name) => {
    const { dtype, data_offsets: offsets } = header[name];
    const [from, to] = offsets.map((at) => 8 + headerBytes + at);
    return { dtype, values: toFloats(dtype, bytes.subarray(from, to)) };
  };
  const tensors = new Map();
  for (const [name, { shape }] of Object.entries(header)) {
    if (name === '__metadata__' || name.endsWith('.step')) continue;
    const { dtype, values } = read(name);
    const step = dtype === 'I8' ? read(`${name}.step`) : null;
    const width = shape.at(-1);
    if (step) values.forEach((value, i) => (values[i] = value * step.values[Math.floor(i / width)]));
    tensors.set(name, { shape, dtype, values, step });
  }
  return { spec, tensors };
}

/** {spec, tensors: Map of name → {shape, values: Float32Array}} → bytes of a decoder file with F32 weights. */
export function writeDecoder({ spec, tensors }) {
  const header = { __metadata__: { 'avae.role': 'decoder', 'avae.spec': JSON.stringify(spec) } };
  let size = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [size, size + values.byteLength] };
    size += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + size).fill(32, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  for (const [name, { values }] of tensors) {
    bytes.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      start + header[name].data_offsets[0],
    );
  }
  return bytes;
}
