// Times engines in the page: all are opened, warmed up, and then take turns, round by round.
import { ENGINES, OURS, setupsOf } from './setups.mjs';
import { median } from './statistics.mjs';

const LARGEST_DIFFERENCE = 1e-3;
const WARM_UP_MS = 300;
/** How long each is timed in a round: several calls for one picture, for a batch one call or more. */
const ROUND_MS = { 1: 100, 64: 200 };
const CEILING_MS = 50;
/** A form or build that is this much slower than another of the same engine after the warm-up cannot win: it is dropped. */
const HOPELESS = 2;

/** Which of an engine's own setups compete with each other. */
const rivals = ({ setup: { engine, threads }, model, n }) => `${engine} ${threads} ${model} ${n}`;
const describe = ({ setup: { engine, threads, build }, model, n, form }) =>
  [engine, `${threads} thread${threads > 1 ? 's' : ''}`, build, form, model, `batch ${n}`].filter(Boolean).join(', ');

const time = (page, { id }, ms) => page.evaluate(([each, least]) => bench.time(each, least), [id, ms]);

/** What went wrong in the page, in one line. */
const reason = (error) => error.message.split('\n')[0].replace(/^page\.evaluate: (Error: )?/, '');

/** Starts the frames of `engines`. → {setups: [setup] that started, versions: {engine: text}, refused: [message]} */
async function startEngines(page, engines) {
  const [setups, versions, refused] = [[], {}, []];
  for (const setup of engines.flatMap(setupsOf)) {
    try {
      versions[setup.engine] = await page.evaluate((each) => bench.start(each), setup);
      setups.push(setup);
    } catch (error) {
      if (setup.engine === OURS) throw error;
      refused.push(`${setup.engine}, ${setup.threads} threads, does not start: ${reason(error)}`);
    }
  }
  return { setups, versions, refused };
}

/** Opens one case; refuses it when it fails or decodes other pictures. → its difference from ours, or null */
async function openCase(page, each, refused) {
  try {
    const difference = await page.evaluate((one) => bench.open(one), each);
    if (difference <= LARGEST_DIFFERENCE) return difference;
    refused.push(
      `${describe(each)}: its picture differs by ${difference.toExponential(1)}, more than ${LARGEST_DIFFERENCE}`,
    );
  } catch (error) {
    refused.push(`${describe(each)}: ${reason(error)}`);
  }
  if (each.setup.engine === OURS) throw new Error(refused.at(-1));
  await page.evaluate((id) => bench.close(id), each.id);
  return null;
}

/** Drops the forms and builds that are far behind another one of the same engine. */
async function dropHopeless(page, cases, warm) {
  const best = new Map();
  for (const each of cases) best.set(rivals(each), Math.min(best.get(rivals(each)) ?? Infinity, warm.get(each.id)));
  const keep = [];
  for (const each of cases) {
    if (warm.get(each.id) <= HOPELESS * best.get(rivals(each))) keep.push(each);
    else await page.evaluate((id) => bench.close(id), each.id);
  }
  return keep;
}

/** One model: → [{setup, model, n, form, difference, times}]; the ceiling's figures of each round go to `ceilings`. */
async function measureModel(page, { model, setups, rounds, batches, refused, ceilings, say }) {
  let cases = [];
  for (const setup of setups) {
    const { forms, batches: only = batches } = ENGINES.find(({ engine }) => engine === setup.engine);
    for (const n of only) for (const form of forms) cases.push({ setup, model, n, form });
  }
  cases.forEach((each, i) => (each.id = `${model}-${i}`));
  say(`${model}: opening and warming up ${cases.length} cases`);
  const warm = new Map();
  const open = [];
  for (const each of cases) {
    const difference = await openCase(page, each, refused);
    if (difference === null) continue;
    const twice = [await time(page, each, WARM_UP_MS), await time(page, each, ROUND_MS[each.n] / 2)];
    warm.set(each.id, Math.min(...twice));
    open.push({ ...each, difference, times: [] });
  }
  cases = await dropHopeless(page, open, warm);
  for (let round = 1; round <= rounds; round += 1) {
    say(`${model}: round ${round} of ${rounds}`);
    for (const each of round % 2 ? cases : cases.toReversed()) {
      each.times.push(await time(page, each, ROUND_MS[each.n]));
    }
    ceilings.push(await page.evaluate((ms) => bench.ceiling(ms), CEILING_MS));
  }
  for (const { id } of cases) await page.evaluate((each) => bench.close(each), id);
  return cases;
}

/** Of the cases that compete with each other, the one with the smallest median. */
function bestOf(cases) {
  const best = new Map();
  for (const { setup, model, n, form, difference, times } of cases) {
    const result = { ...setup, model, n, form, difference, ms: median(times), times };
    const key = rivals({ setup, model, n });
    if (!(best.get(key)?.ms <= result.ms)) best.set(key, result);
  }
  return [...best.values()];
}

/**
 * Times `engines` (of ENGINES) on `models` (names) in `page` for `rounds`. → {results: [{engine, threads, build, form, model,
 * n, ms: median of a batch, times, difference}], ceiling: {8, 12: median GFLOP/s}, versions, refused: [message]}
 */
export async function measure(page, { engines, models, batches, rounds, say }) {
  const { setups, versions, refused } = await startEngines(page, engines);
  const ceilings = [];
  const cases = [];
  for (const model of models) {
    cases.push(...(await measureModel(page, { model, setups, rounds, batches, refused, ceilings, say })));
  }
  const ceiling = Object.fromEntries([8, 12].map((count) => [count, median(ceilings.map((each) => each[count]))]));
  return { results: bestOf(cases), ceiling, versions, refused };
}
