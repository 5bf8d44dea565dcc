// Writes a decoder's graph as a TFLite file. The numbers are field slots and enumerators of the public TFLite schema,
// version 3.
import { Builder } from 'flatbuffers';

const FLOAT32 = 0;
const INT32 = 2;
const SAME = 0;
const NO_ACTIVATION = 0;
const RELU = 1;
const OPERATORS = {
  add: { code: 0, version: 1, options: 11 },
  conv: { code: 3, version: 1, options: 1 },
  dense: { code: 9, version: 1, options: 8 },
  reshape: { code: 22, version: 1, options: 17 },
  transposed: { code: 67, version: 4, options: 49 },
  nearest: { code: 97, version: 1, options: 74 },
  clamp01: { code: 152, version: 1, options: 0 },
};
const CODES = Object.keys(OPERATORS);

/** Adds tables, vectors and strings to a Builder; answers their offsets. */
class Writer {
  builder = new Builder(1 << 20);

  /** fields: [[slot, 'Int8' | 'Int32' | 'Offset', value]]; zero is every field's default here. */
  table(fields) {
    this.builder.startObject(Math.max(0, ...fields.map(([slot]) => slot + 1)));
    for (const [slot, type, value] of fields) this.builder[`addField${type}`](slot, value, 0);
    return this.builder.endObject();
  }

  offsets(list) {
    this.builder.startVector(4, list.length, 4);
    for (const offset of list.toReversed()) this.builder.addOffset(offset);
    return this.builder.endVector();
  }

  ints(list) {
    this.builder.startVector(4, list.length, 4);
    for (const value of list.toReversed()) this.builder.addInt32(value);
    return this.builder.endVector();
  }

  /** A vector of bytes that starts at a multiple of 16. */
  data({ buffer, byteOffset, byteLength }) {
    this.builder.startVector(1, byteLength, 16);
    this.builder.space -= byteLength;
    this.builder.bb.bytes().set(new Uint8Array(buffer, byteOffset, byteLength), this.builder.space);
    return this.builder.endVector();
  }
}

class Graph {
  writer = new Writer();
  buffers = [this.writer.table([])]; // buffer 0 is the empty one
  tensors = [];
  operators = [];

  tensor(name, shape, values = null) {
    const { writer } = this;
    const buffer = values ? this.buffers.push(writer.table([[0, 'Offset', writer.data(values)]])) - 1 : 0;
    const sides = writer.ints(shape);
    const text = writer.builder.createString(name);
    const type = values instanceof Int32Array ? INT32 : FLOAT32;
    const fields = [
      [0, 'Offset', sides],
      [1, 'Int8', type],
      [2, 'Int32', buffer],
      [3, 'Offset', text],
    ];
    return this.tensors.push(writer.table(fields)) - 1;
  }

  /** One operator of OPERATORS; `options` are the fields of its options table. */
  operator(op, inputs, output, options = []) {
    const { writer } = this;
    const more = OPERATORS[op].options
      ? [
          [3, 'Int8', OPERATORS[op].options],
          [4, 'Offset', writer.table(options)],
        ]
      : [];
    const from = writer.ints(inputs);
    const to = writer.ints([output]);
    this.operators.push(
      writer.table([[0, 'Int32', CODES.indexOf(op)], [1, 'Offset', from], [2, 'Offset', to], ...more]),
    );
  }

  finish(input, output) {
    const { writer } = this;
    const codes = Object.values(OPERATORS).map(({ code, version }) =>
      writer.table([
        [0, 'Int8', Math.min(code, 127)],
        [2, 'Int32', version],
        [3, 'Int32', code],
      ]),
    );
    const lists = [
      writer.offsets(this.tensors),
      writer.ints([input]),
      writer.ints([output]),
      writer.offsets(this.operators),
    ];
    const subgraph = writer.table(lists.map((list, slot) => [slot, 'Offset', list]));
    const parts = [codes, [subgraph]].map((list) => writer.offsets(list));
    const description = writer.builder.createString('AVAE decoder');
    const buffers = writer.offsets(this.buffers);
    const model = writer.table([
      [0, 'Int32', 3],
      [1, 'Offset', parts[0]],
      [2, 'Offset', parts[1]],
      [3, 'Offset', description],
      [4, 'Offset', buffers],
    ]);
    writer.builder.finish(model, 'TFL3');
    return writer.builder.asUint8Array().slice();
  }
}

function addStep(graph, n, { op, name, in: [, , channels], out: [h, w, c], activation, weight, bias }, inputs, output) {
  const fused = activation === 'relu' ? RELU : NO_ACTIVATION;
  const kernel = () => graph.tensor(`${name}.weight`, weight.shape, weight.values);
  const sums = () => graph.tensor(`${name}.bias`, bias.shape, bias.values);
  const raw = activation === 'clamp01' ? graph.tensor(`${name}.raw`, [n, h, w, c]) : output;
  const strides = (stride) => [
    [0, 'Int8', SAME],
    [1, 'Int32', stride],
    [2, 'Int32', stride],
    [3, 'Int8', fused],
  ];
  if (op === 'dense') {
    const matrix = graph.tensor(`${name}.weight`, [h * w * c, channels], weight.values);
    const flat = graph.tensor(`${name}.flat`, [n, h * w * c]);
    graph.operator('dense', [inputs[0], matrix, sums()], flat, [[0, 'Int8', fused]]);
    const shape = [n, h, w, c];
    const target = graph.tensor(`${name}.shape`, [4], Int32Array.from(shape));
    graph.operator('reshape', [flat, target], raw, [[0, 'Offset', graph.writer.ints(shape)]]);
  } else if (op === 'conv') {
    graph.operator('conv', [inputs[0], kernel(), sums()], raw, [...strides(1), [4, 'Int32', 1], [5, 'Int32', 1]]);
  } else if (op === 'transposed') {
    const shape = graph.tensor(`${name}.shape`, [4], Int32Array.of(n, h, w, c));
    graph.operator('transposed', [shape, kernel(), inputs[0], sums()], raw, strides(2));
  } else if (op === 'nearest') {
    graph.operator('nearest', [inputs[0], graph.tensor(`${name}.size`, [2], Int32Array.of(h, w))], raw);
  } else {
    graph.operator('add', inputs, raw, [[0, 'Int8', fused]]);
  }
  if (activation === 'clamp01') graph.operator('clamp01', [raw], output);
}

/** `steps` of decoderGraph() → bytes of a TFLite file: latent float [n, D + K] → pixels float [n, H, W, C]. */
export function writeTflite(steps, n) {
  const graph = new Graph();
  const values = [graph.tensor('latent', [n, steps[0].in[2]])];
  steps.forEach((step, i) => {
    const output = graph.tensor(i + 1 === steps.length ? 'pixels' : `value${i + 1}`, [n, ...step.out]);
    addStep(
      graph,
      n,
      step,
      step.inputs.map((value) => values[value]),
      output,
    );
    values.push(output);
  });
  return graph.finish(values[0], values.at(-1));
}
