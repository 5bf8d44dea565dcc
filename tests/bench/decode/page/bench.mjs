// The page that is timed. Each setup of an engine lives in a frame of its own, since their scripts keep global state; all
// frames share this page's one main thread. measure.mjs calls the methods of window.bench.
import { startCeiling } from './ceiling.mjs';

const frames = new Map(); // `${engine}/${threads}/${build}` → the frame's {version, open()}
const runners = new Map(); // case id → {run, picture, close}
let ceiling = null;

/** Long enough for the idle threads of other engines to stop spinning. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

const nameOf = ({ engine, threads, build }) => `${engine}/${threads}/${build}`;

function openFrame(setup) {
  const frame = document.createElement('iframe');
  frame.src = `frame.html?${new URLSearchParams(setup)}`;
  document.body.append(frame);
  return new Promise((resolve, reject) => {
    frame.addEventListener('load', () => frame.contentWindow.engine.then(resolve, reject));
  });
}

globalThis.bench = {
  isolated: () => crossOriginIsolated,

  /** Starts `setup` ({engine, threads, build}: which of an engine's binaries, if it has several). → its version */
  async start(setup) {
    const started = await openFrame(setup);
    frames.set(nameOf(setup), started);
    return started.version;
  },

  /** Opens `model` for batches of `n` in an engine. → the largest difference of its pictures from ours, in [0, 1] */
  async open({ id, setup, model, n, form }) {
    const runner = await frames.get(nameOf(setup)).open({ model, n, form });
    runners.set(id, runner);
    const picture = await runner.picture();
    const response = await fetch(`/files/${model}/pixels.f32`);
    const expected = new Float32Array(await response.arrayBuffer());
    return picture.reduce(
      (most, value, i) => Math.max(most, Number.isNaN(value) ? Infinity : Math.abs(value - expected[i])),
      0,
    );
  },

  /** Runs a case for at least `ms`, once at least. → milliseconds a call */
  async time(id, ms) {
    const { run } = runners.get(id);
    await settle();
    let calls = 0;
    const began = performance.now();
    do {
      const result = run();
      if (result.then) await result;
      calls += 1;
    } while (performance.now() - began < ms);
    return (performance.now() - began) / calls;
  },

  close(id) {
    runners.get(id)?.close();
    runners.delete(id);
  },

  /** → {8: GFLOP/s with 8 accumulators, 12: …} */
  async ceiling(ms) {
    ceiling ??= await startCeiling();
    await settle();
    return ceiling(ms);
  },
};
