// Who takes part, and how each is set up.
import { FORMS } from './graph.mjs';

/**
 * `key` is the engine's name in the JSON. `threads` are those it is timed with: for our pool, its workers. `builds` (for one
 * thread, for more) are the binaries to choose from, `forms` those of the upsampling layer; the best of all counts.
 * `batches` defaults to all.
 */
export const ENGINES = [
  { engine: 'avae', key: 'avae', threads: [1], forms: [''] },
  { engine: 'avae-relaxed', key: 'avae_relaxed', threads: [1], forms: [''] },
  { engine: 'avae-pool', key: 'avae_pool', threads: [1, 2], forms: [''], batches: [64] },
  { engine: 'onnxruntime-web', key: 'onnxruntime_web', threads: [1, 2], forms: FORMS },
  { engine: 'tfjs', key: 'tfjs', threads: [1, 2], forms: FORMS },
  { engine: 'litert', key: 'litert', threads: [1, 2], forms: FORMS, builds: [['plain', 'threaded'], ['threaded']] },
];
export const OURS = 'avae';

/** The setups of an engine: [{engine, threads, build}]. */
export const setupsOf = ({ engine, threads, builds = [[''], ['']] }) =>
  threads.flatMap((count) => builds[count > 1 ? 1 : 0].map((build) => ({ engine, threads: count, build })));
