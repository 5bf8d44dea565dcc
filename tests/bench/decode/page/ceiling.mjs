// What one core can multiply and add in plain SIMD from registers alone (ceiling.c).
const LANES = 4;
const ITERATIONS = 1_000_000;

/** → ms => {8: GFLOP/s with 8 accumulators, 12: …}, each measured for at least `ms`. */
export async function startCeiling() {
  const { instance } = await WebAssembly.instantiateStreaming(fetch('/files/ceiling.wasm'));
  const rate = (accumulators, ms) => {
    const run = instance.exports[`run${accumulators}`];
    let operations = 0;
    let time = 0;
    const began = performance.now();
    do {
      if (!Number.isFinite(run(ITERATIONS, 0.999, 0.001))) throw new Error('the ceiling loop overflowed');
      operations += ITERATIONS * LANES * 2 * accumulators;
      time = performance.now() - began;
    } while (time < ms);
    return operations / time / 1e6;
  };
  for (let i = 0; i < 3; i += 1) [8, 12].map((accumulators) => rate(accumulators, 50)); // lets the browser optimise
  return (ms) => ({ 8: rate(8, ms), 12: rate(12, ms) });
}
