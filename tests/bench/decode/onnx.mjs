// Writes a decoder's graph as an ONNX file (opset 17): channels first, as onnxruntime likes it best.
import protobuf from 'protobufjs/minimal.js';

const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;
const FLOAT16 = 10;

const message = (fill) => {
  const writer = protobuf.Writer.create();
  fill(writer);
  return writer.finish();
};
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

function tensor(name, type, shape, values) {
  return message((writer) => {
    for (const side of shape) writer.uint32(8).int64(side);
    writer.uint32(16).int32(type).uint32(66).string(name).uint32(74).bytes(bytesOf(values));
  });
}

function attribute(name, value) {
  return message((writer) => {
    writer.uint32(10).string(name);
    if (typeof value === 'string') writer.uint32(34).string(value).uint32(160).int32(3);
    else if (typeof value === 'number') writer.uint32(24).int64(value).uint32(160).int32(2);
    else for (const [i, one] of value.entries()) (i ? writer : writer.uint32(160).int32(7)).uint32(64).int64(one);
  });
}

function node(type, inputs, output, attributes = {}) {
  return message((writer) => {
    for (const input of inputs) writer.uint32(10).string(input);
    writer.uint32(18).string(output).uint32(34).string(type);
    for (const [name, value] of Object.entries(attributes)) writer.uint32(42).bytes(attribute(name, value));
  });
}

function floats(name, shape) {
  const dimension = (side) => message((writer) => writer.uint32(8).int64(side));
  const dimensions = message((writer) => shape.forEach((side) => writer.uint32(10).bytes(dimension(side))));
  const type = message((writer) => writer.uint32(8).int32(FLOAT).uint32(18).bytes(dimensions));
  return message((writer) => {
    writer
      .uint32(10)
      .string(name)
      .uint32(18)
      .bytes(message((inner) => inner.uint32(10).bytes(type)));
  });
}

/** `order` of the dimensions of `values` [shape] → the same in that order. */
function permute(values, shape, order) {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, side) => product * side, 1));
  const result = new values.constructor(values.length);
  let at = 0;
  const walk = (depth, from) => {
    if (depth === order.length) result[at++] = values[from];
    else for (let i = 0; i < shape[order[depth]]; i += 1) walk(depth + 1, from + i * strides[order[depth]]);
  };
  walk(0, 0);
  return result;
}

/** The bits of a number that fp16 holds exactly. */
function halfBits(value) {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const sign = value < 0 ? 0x8000 : 0;
  const exponent = Math.floor(Math.log2(size));
  return sign | (exponent < -14 ? size * 2 ** 24 : ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024));
}

/** Collects nodes and initializers. `compact` keeps weights in the number type of the model's file, widened by nodes that fold. */
class Graph {
  nodes = [];
  initializers = [];

  constructor(compact) {
    this.compact = compact;
  }

  add(type, inputs, output, attributes) {
    this.nodes.push(node(type, inputs, output, attributes));
    return output;
  }

  constant(name, type, shape, values) {
    this.initializers.push(tensor(name, type, shape, values));
    return name;
  }

  /** A weight or bias {shape, values, dtype, step}, seen as `shape`, its dimensions in `order`. */
  weight(name, { values, dtype, step }, shape, order = shape.map((_, i) => i)) {
    const sides = order.map((d) => shape[d]);
    const ordered = permute(values, shape, order);
    if (!this.compact || dtype === 'F32') return this.constant(name, FLOAT, sides, ordered);
    if (dtype === 'F16') {
      this.constant(`${name}.f16`, FLOAT16, sides, Uint16Array.from(ordered, halfBits));
      return this.add('Cast', [`${name}.f16`], name, { to: FLOAT });
    }
    const width = shape.at(-1);
    const multiples = Int8Array.from(values, (value, i) =>
      Math.round(value / (step.values[Math.floor(i / width)] || 1)),
    );
    this.constant(`${name}.i8`, INT8, sides, permute(multiples, shape, order));
    const wide = this.add('Cast', [`${name}.i8`], `${name}.wide`, { to: FLOAT });
    const steps = this.weight(`${name}.step`, { ...step, step: null }, [...shape.slice(0, -1), 1], order);
    return this.add('Mul', [wide, steps], name);
  }

  reshape(input, shape, output) {
    const sides = this.constant(`${output}.shape`, INT64, [shape.length], BigInt64Array.from(shape, BigInt));
    return this.add('Reshape', [input, sides], output);
  }

  activate(activation, input, output) {
    if (activation === 'relu') this.add('Relu', [input], output);
    else if (activation === 'clamp01') this.add('Clip', [input, 'zero', 'one'], output);
    else this.add('Identity', [input], output);
  }
}

function addStep(graph, n, step, inputs, output) {
  const {
    op,
    name,
    in: [, , channels],
    out: [h, w, c],
    activation,
    weight,
    bias,
  } = step;
  const raw = activation ? `${name}.raw` : output;
  switch (op) {
    case 'dense': {
      // Rows come out as [H, W, C]; as [C, H, W] they need no transposition afterwards.
      const rows = graph.weight(`${name}.weight`, weight, [h, w, c, channels], [2, 0, 1, 3]);
      const matrix = graph.reshape(rows, [h * w * c, channels], `${name}.matrix`);
      const sums = graph.weight(`${name}.bias`, bias, [h, w, c], [2, 0, 1]);
      const vector = graph.reshape(sums, [h * w * c], `${name}.vector`);
      graph.add('Gemm', [inputs[0], matrix, vector], `${name}.flat`, { transB: 1 });
      graph.activate(activation, `${name}.flat`, `${name}.active`);
      graph.reshape(`${name}.active`, [n, c, h, w], output);
      return;
    }
    case 'conv': {
      const kernel = graph.weight(`${name}.weight`, weight, weight.shape, [0, 3, 1, 2]);
      const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };
      graph.add('Conv', [inputs[0], kernel, graph.weight(`${name}.bias`, bias, bias.shape)], raw, attributes);
      break;
    }
    case 'transposed': {
      const kernel = graph.weight(`${name}.weight`, weight, weight.shape, [3, 0, 1, 2]);
      const attributes = { kernel_shape: [4, 4], pads: [1, 1, 1, 1], strides: [2, 2] };
      graph.add('ConvTranspose', [inputs[0], kernel, graph.weight(`${name}.bias`, bias, bias.shape)], raw, attributes);
      break;
    }
    case 'nearest': {
      const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
      const scales = graph.constant(`${name}.scales`, FLOAT, [4], Float32Array.of(1, 1, 2, 2));
      graph.add('Resize', [inputs[0], '', scales], raw, attributes);
      break;
    }
    default:
      graph.add('Add', inputs, raw);
  }
  if (activation) graph.activate(activation, raw, output);
}

/**
 * `steps` of decoderGraph() → bytes of an ONNX file: latent float [n, D + K] → pixels float [n, C, H, W]. `compact` makes it
 * as small as the model's own file, for downloads.
 */
export function writeOnnx(steps, n, { compact = false } = {}) {
  const graph = new Graph(compact);
  graph.constant('zero', FLOAT, [], Float32Array.of(0));
  graph.constant('one', FLOAT, [], Float32Array.of(1));
  const names = ['latent'];
  steps.forEach((step, i) => {
    const output = i + 1 === steps.length ? 'pixels' : `value${i + 1}`;
    addStep(
      graph,
      n,
      step,
      step.inputs.map((value) => names[value]),
      output,
    );
    names.push(output);
  });
  const [h, w, c] = steps.at(-1).out;
  const body = message((writer) => {
    for (const each of graph.nodes) writer.uint32(10).bytes(each);
    writer.uint32(18).string('decoder');
    for (const each of graph.initializers) writer.uint32(42).bytes(each);
    writer
      .uint32(90)
      .bytes(floats('latent', [n, steps[0].in[2]]))
      .uint32(98)
      .bytes(floats('pixels', [n, c, h, w]));
  });
  const opset = message((writer) => writer.uint32(10).string('').uint32(16).int64(17));
  return message((writer) => writer.uint32(8).int64(8).uint32(58).bytes(body).uint32(66).bytes(opset));
}
