// TensorFlow.js on its wasm backend: fused operations, channels last, tensors tidied away; for one thread its SIMD build
// without threads.
import { decoderGraph } from '/bench/graph.mjs';
import { readDecoder } from '/bench/weights.mjs';
import { fetchBytes, graphInput } from '../inputs.mjs';

const loadScript = (src) =>
  new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject });
    document.head.append(script);
  });

/** One operation of graph.mjs as a function of its inputs. Weights become tensors here, once. */
function operation(tf, n, { op, in: [, , channels], out: [h, w, c], activation, weight, bias }) {
  const fused = activation === 'relu' ? 'relu' : 'linear';
  const limit = (x) => (activation === 'clamp01' ? tf.clipByValue(x, 0, 1) : x);
  const vector = bias && tf.tensor1d(bias.values);
  if (op === 'dense') {
    // [I, O]: transposed weights take a slow path.
    const matrix = tf.tidy(() => tf.transpose(tf.tensor2d(weight.values, [h * w * c, channels])));
    return (a) => tf.reshape(limit(tf.fused.matMul({ a, b: matrix, bias: vector, activation: fused })), [n, h, w, c]);
  }
  if (op === 'conv') {
    const filter = tf.tidy(() => tf.transpose(tf.tensor4d(weight.values, weight.shape), [1, 2, 3, 0]));
    return (x) => limit(tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias: vector, activation: fused }));
  }
  if (op === 'transposed') {
    const filter = tf.tidy(() => tf.transpose(tf.tensor4d(weight.values, weight.shape), [1, 2, 0, 3]));
    return (x) => {
      const sums = tf.add(tf.conv2dTranspose(x, filter, [n, h, w, c], 2, 'same'), vector);
      return limit(fused === 'relu' ? tf.relu(sums) : sums);
    };
  }
  if (op === 'nearest') return (x) => tf.image.resizeNearestNeighbor(x, [h, w]);
  return (a, b) => (fused === 'relu' ? tf.relu(tf.add(a, b)) : tf.add(a, b));
}

export async function start({ threads }) {
  await loadScript('/npm/@tensorflow/tfjs-core/dist/tf-core.min.js');
  await loadScript('/npm/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js');
  const { tf } = globalThis;
  tf.wasm.setWasmPaths('/npm/@tensorflow/tfjs-backend-wasm/dist/');
  if (threads > 1) tf.wasm.setThreadsCount(threads);
  else tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.enableProdMode();
  await tf.setBackend('wasm');
  await tf.ready();
  if (tf.getBackend() !== 'wasm') throw new Error('tfjs did not start its wasm backend');
  return {
    version: tf.version_core,
    async open({ model, n, form }) {
      const steps = decoderGraph(readDecoder(await fetchBytes(`${model}/decoder.safetensors`)), form);
      const operations = steps.map((step) => operation(tf, n, step));
      const input = await graphInput(model, n);
      const shape = [n, input.length / n];
      const forward = () => {
        const values = [tf.tensor2d(input, shape)];
        steps.forEach(({ inputs }, i) => values.push(operations[i](...inputs.map((value) => values[value]))));
        return values.at(-1);
      };
      const run = () => {
        const pixels = tf.tidy(forward);
        const values = pixels.dataSync();
        pixels.dispose();
        return values;
      };
      return { run, picture: () => run().slice(), close() {} };
    },
  };
}
