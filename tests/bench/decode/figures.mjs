// From measurements to the figures that the project promises.
import { ENGINES, OURS } from './setups.mjs';

const SHIPPED = 'fashion-avae';

/** The result of `engine` on these, or undefined when it did not take part. */
const find = (results, engine, threads, model, n) =>
  results.find((each) => each.engine === engine && each.threads === threads && each.model === model && each.n === n);

/** What a result is compared with: our core, or our pool where it stands for two threads. */
export function oursFor(results, { threads, model, n }) {
  const pool = threads > 1 && n > 1 ? find(results, 'avae-pool', threads, model, n) : undefined;
  return pool ?? find(results, OURS, 1, model, n);
}

/** Theirs / ours. */
export const ratioOf = (results, result) => result.ms / oursFor(results, result).ms;

/**
 * {results, ceiling} of measure(), `macs` {model: multiply-adds of a picture}, `core` and `decoder` their bytes, `cold` and
 * `coldGzip` of coldStart() or null → the keys that --json promises; those without a measurement are null.
 */
export function figuresOf({ results, ceiling, macs, coreBytes, coreGzipBytes, decoderBytes, cold, coldGzip }) {
  const ratio = {};
  for (const { engine, key } of ENGINES) {
    const result = find(results, engine, 1, SHIPPED, 1);
    if (engine !== OURS && result) ratio[key] = ratioOf(results, result);
  }
  const best = Math.max(...Object.values(ceiling));
  const effective = (2 * macs[SHIPPED]) / find(results, OURS, 1, SHIPPED, 1).ms / 1e6;
  const [one, two] = [1, 2].map((workers) => find(results, 'avae-pool', workers, SHIPPED, 64)?.ms);
  return {
    ratio,
    effective_over_ceiling: effective / best,
    effective_gflops: effective,
    ceiling_gflops: best,
    pool2_speedup: one && two ? one / two : null,
    bytes: {
      core: coreBytes,
      core_gzip: coreGzipBytes,
      decoder: decoderBytes,
      first_sample: cold?.bytes.firstSample ?? null,
      playground: cold?.bytes.playground ?? null,
    },
    first_sample_ratio: cold ? cold.ours / cold.theirs : null,
    first_sample_ms: cold ? { avae: cold.ours, onnxruntime_web: cold.theirs } : null,
    first_sample_gzip_ratio: coldGzip ? coldGzip.ours / coldGzip.theirs : null,
    first_sample_gzip_ms: coldGzip ? { avae: coldGzip.ours, onnxruntime_web: coldGzip.theirs } : null,
  };
}

/** What the project promises: [words, figure, goal, 'least' | 'most', unit]. */
export function goals(figures) {
  const { ratio, bytes } = figures;
  return [
    ['onnxruntime-web ÷ ours', ratio.onnxruntime_web, 2, 'least', '×'],
    ['tfjs ÷ ours', ratio.tfjs, 1.6, 'least', '×'],
    ['LiteRT.js ÷ ours', ratio.litert, 1.1, 'least', '×'],
    ['effective rate ÷ ceiling', figures.effective_over_ceiling, 1.3, 'least', '×'],
    ['pool: 1 worker ÷ 2 workers, batch 64', figures.pool2_speedup, 1.8, 'least', '×'],
    ['core.wasm, gzip', bytes.core_gzip, 120_000, 'most', 'bytes'],
    ['bytes to the first sample', bytes.first_sample, 450_000, 'most', 'bytes'],
    ['bytes of the whole playground', bytes.playground, 1_000_000, 'most', 'bytes'],
    ['time to the first sample ÷ onnxruntime-web', figures.first_sample_ratio, 0.25, 'most', '×'],
  ];
}
