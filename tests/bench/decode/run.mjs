// The decode benchmark: scripts/bench decode builds what it needs and calls
//   node run.mjs --core F --relaxed F --ceiling F --site DIR [--json F] [--rounds N] [--only NAME] [--no-cold]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

import { openProfile } from '../../browser/browser.mjs';
import { coldStart } from './cold.mjs';
import { appendHistory, writePerformance } from '../docs.mjs';
import { figuresOf } from './figures.mjs';
import { BATCHES, modelInputs } from './inputs.mjs';
import { commit, machine } from '../machine.mjs';
import { measure } from './measure.mjs';
import { randomDecoder64 } from './model64.mjs';
import { report } from './report.mjs';
import { serve } from './server.mjs';
import { ENGINES, OURS } from './setups.mjs';

const REPO = path.join(import.meta.dirname, '../../..');
const USAGE = `usage: scripts/bench decode [--json F] [--rounds N] [--only NAME] [--no-cold]
  --json F     also write everything measured as JSON
  --rounds N   rounds to take medians of (7); 1 is a quick look
  --only NAME  beside our core only ${ENGINES.slice(1)
    .map(({ engine }) => engine)
    .join(', ')}; nothing of first visits
  --no-cold    nothing of first visits
A full run of at least 7 rounds writes docs/performance.md and adds a line to docs/performance-history.jsonl.`;
const FULL_ROUNDS = 7;
const COLD_VISITS = 5;

const say = (text) => console.error(`bench: ${text}`);

function fail(text) {
  console.error(`bench: ${text}\n${USAGE}`);
  process.exit(2);
}

function parseOptions() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const options = {
    core: text,
    relaxed: text,
    ceiling: text,
    site: text,
    json: text,
    only: text,
    rounds: { type: 'string', default: String(FULL_ROUNDS) },
    'no-cold': flag,
    help: flag,
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(error.message);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds ${values.rounds}: give a whole number from 1`);
  if (values.only && !ENGINES.slice(1).some(({ engine }) => engine === values.only))
    fail(`--only ${values.only}: there is no such engine`);
  if (values.json && !existsSync(path.dirname(values.json)))
    fail(`--json ${values.json}: there is no such folder: make it first`);
  const cold = !values['no-cold'] && !values.only;
  if (!values.core || !values.ceiling || (cold && !values.site)) fail('run it as scripts/bench decode');
  return { ...values, rounds, cold };
}

/** The page's files: cores, ceiling, models and their graphs. → {files, models: [what modelInputs() gives]} */
async function gather({ core, relaxed, ceiling }, shippedBytes) {
  const files = new Map([
    ['/files/core.wasm', core],
    ['/files/ceiling.wasm', readFileSync(ceiling)],
  ]);
  if (relaxed) files.set('/files/core-relaxed.wasm', readFileSync(relaxed));
  const models = [
    await modelInputs('fashion-avae', shippedBytes, core),
    await modelInputs('random-64', randomDecoder64(), core),
  ];
  for (const model of models) for (const [name, bytes] of model.files) files.set(name, bytes);
  return { files, models };
}

/** Times the engines in one session of Chromium. → what measure() gives, and Chromium's version */
async function timeEngines(files, engines, models, rounds) {
  const here = import.meta.dirname;
  const mounts = {
    '/': path.join(here, 'page'),
    '/bench/': here,
    '/npm/': path.join(here, 'node_modules'),
    '/web/': path.join(REPO, 'web'),
  };
  const server = await serve({ mounts, files, isolated: true });
  const profile = await openProfile(server.origin, { serviceWorkers: 'block' });
  try {
    const { page, context } = profile;
    await page.goto(`${server.origin}/`);
    await page.waitForFunction(() => globalThis.bench);
    if (!(await page.evaluate(() => bench.isolated())))
      throw new Error('the page is not cross-origin isolated: threads would be missing');
    const { product } = await (await context.newCDPSession(page)).send('Browser.getVersion');
    const names = models.map(({ name }) => name);
    const measured = await measure(page, { engines, models: names, batches: BATCHES, rounds, say });
    return { ...measured, chromium: product.split('/')[1] };
  } finally {
    await profile.close();
    await server.close();
  }
}

/** First visits, not compressed and, in full runs, gzipped. → {cold, coldGzip}, of coldStart() or null */
async function firstVisits({ site, rounds }, { compactOnnx, firstInput }) {
  const visits = Math.min(rounds, COLD_VISITS);
  const options = { site, onnx: compactOnnx, input: firstInput, visits };
  say(`first visits: ${visits} to each page`);
  const cold = await coldStart(options);
  if (visits < COLD_VISITS) return { cold, coldGzip: null };
  say('first visits, gzipped');
  return { cold, coldGzip: await coldStart({ ...options, gzip: true }) };
}

const options = parseOptions();
const [date, host, at] = [new Date().toISOString(), await machine(), commit()];
const core = readFileSync(options.core);
const shipped = new Uint8Array(readFileSync(path.join(REPO, 'web/models/fashion-avae/decoder.safetensors')));
const relaxed = options.relaxed && existsSync(options.relaxed) ? options.relaxed : null;
const engines = ENGINES.filter(
  ({ engine }) =>
    (!options.only || engine === OURS || engine === options.only) && (engine !== 'avae-relaxed' || relaxed),
);

const { files, models } = await gather({ core, relaxed, ceiling: options.ceiling }, shipped);
const measured = await timeEngines(files, engines, models, options.rounds);
const { cold, coldGzip } = options.cold ? await firstVisits(options, models[0]) : { cold: null, coldGzip: null };

const macs = Object.fromEntries(models.map(({ name, macs: count }) => [name, count]));
const sizes = {
  coreBytes: core.length,
  coreGzipBytes: gzipSync(core, { level: 9 }).length,
  decoderBytes: shipped.length,
};
const figures = figuresOf({ ...measured, macs, ...sizes, cold, coldGzip });
const run = {
  ...measured,
  figures,
  macs,
  cold,
  coldGzip,
  date,
  commit: at,
  machine: host,
  command: `scripts/bench decode${options.rounds === FULL_ROUNDS ? '' : ` --rounds ${options.rounds}`}`,
  rounds: options.rounds,
  batches: BATCHES,
  models: models.map(({ name }) => name),
  specs: Object.fromEntries(models.map(({ name, spec }) => [name, spec])),
};
const text = report(run);
console.log(text);
if (options.json) {
  const { results, ceiling, versions, chromium, refused, rounds } = run;
  const all = {
    ...figures,
    date,
    commit: at,
    machine: host,
    chromium,
    versions,
    rounds,
    macs,
    ceiling,
    results,
    refused,
    cold,
    cold_gzip: coldGzip,
  };
  writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
}
if (options.rounds >= FULL_ROUNDS && options.cold) {
  writePerformance('decode', text);
  appendHistory({ date, commit: at, busy_cores: host.busy_cores, ...figures });
} else {
  say(`docs/performance.md is left alone: only a full run of ${FULL_ROUNDS} rounds or more writes it`);
}
for (const message of measured.refused) say(`refused: ${message}`);
