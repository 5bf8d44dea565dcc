// The tables, for the terminal and for docs/performance.md.
import { goals, oursFor, ratioOf } from './figures.mjs';

const NAMES = {
  avae: 'AVAE core, plain SIMD',
  'avae-relaxed': 'AVAE core, relaxed SIMD',
  'avae-pool': 'AVAE worker pool',
  'onnxruntime-web': 'onnxruntime-web',
  tfjs: 'tfjs-backend-wasm',
  litert: 'LiteRT.js (relaxed SIMD)',
};
const FORMS = { upsample: 'nearest 2×, convolution', transposed: 'transposed convolution', '': '' };

/** Columns of a paragraph. */
const WIDTH = 130;
/** Cores busy with other work from which on times mean little. */
const BUSY = 0.2;

const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–');
const withCommas = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–');

/** A Markdown table with its columns aligned; the first one to the left, the others to the right. */
function table(head, rows) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function goalsTable(figures) {
  const show = (value, unit) => (unit === 'bytes' ? withCommas(value) : fixed(value, 2));
  const rows = goals(figures).map(([words, value, goal, sense, unit]) => {
    const known = Number.isFinite(value);
    const reached = sense === 'least' ? value >= goal : value <= goal;
    const bound = `${sense === 'least' ? '≥' : '≤'} ${show(goal, unit)}`;
    return [words, known ? show(value, unit) : 'not measured', bound, known ? (reached ? 'yes' : '**no**') : '–'];
  });
  return table(
    ['one thread and one picture, shipped decoder, unless it says otherwise', 'measured', 'goal', 'reached'],
    rows,
  );
}

/** One model and batch size: a row for each engine and number of threads. */
function timesTable(results, macs, model, n) {
  const rows = results
    .filter((each) => each.model === model && each.n === n)
    .map((each) => [
      NAMES[each.engine],
      String(each.threads),
      fixed(each.ms / n, each.ms / n < 10 ? 3 : 2),
      fixed((2 * macs[model] * n) / each.ms / 1e6, 0),
      each === oursFor(results, each) ? '1' : fixed(ratioOf(results, each), 2),
      [FORMS[each.form], each.threads === 1 && each.build === 'threaded' ? 'threaded build' : '']
        .filter(Boolean)
        .join(', ') || '–',
      each.difference.toExponential(0),
    ]);
  return table(['engine', 'threads', 'ms a picture', 'GFLOP/s', '÷ ours', 'its best form', 'differs by'], rows);
}

function coldTable({ cold, coldGzip }) {
  const row = (words, { ours, theirs, bytes, theirBytes }) => [
    words,
    fixed(ours, 0),
    fixed(theirs, 0),
    fixed(ours / theirs, 2),
    withCommas(bytes.firstSample),
    withCommas(theirBytes),
  ];
  const rows = [row('not compressed', cold), ...(coldGzip ? [row('gzip -9', coldGzip)] : [])];
  return table(['server', 'ours, ms', 'onnxruntime-web, ms', 'ours ÷ theirs', 'our bytes', 'their bytes'], rows);
}

/** The run: what was called, on what. */
function conditions({ command, commit, date, machine, versions, chromium }) {
  const engines = Object.entries(versions).flatMap(([engine, version]) => (version ? [`${engine} ${version}`] : []));
  const lines = [
    `\`${command}\`, commit ${commit}, ${date.slice(0, 10)}.`,
    `${machine.cpu}, ${machine.cores} cores, ${fixed(machine.busy_cores, 1)} of them busy with other work before the run.`,
    `Chromium ${chromium}; ${engines.join(', ')}.`,
  ];
  if (machine.busy_cores > BUSY) lines.push('**These times are provisional: the machine was not free.**');
  return lines.join(' ');
}

function method({ rounds, ceiling, figures }) {
  return [
    `One Chromium page, all engines on the CPU, taking turns; medians of ${rounds} round${rounds > 1 ? 's' : ''} after a warm-up.
    A time runs from the latents in JavaScript to the pixels in JavaScript. Ours includes the prior and the conversion to bytes; the
    peers start after the prior and stop at floats. Each peer is given nearest 2× with a 3×3 convolution, and the same as one
    transposed convolution of stride 2: the faster one counts, for LiteRT.js also the faster of its builds. GFLOP/s counts the
    operations of the direct convolutions, whatever an engine does instead. With one thread, ÷ ours is against our core; with two,
    batches are against our pool of two workers, single pictures against our core, which does not split a picture. An engine
    whose pictures differ from ours by more than 0.001 is refused.`,
    `The ceiling is what one core does in registers alone, in the same page: acc = acc · b + a in four lanes,
    ${fixed(ceiling[8], 1)} GFLOP/s with 8 accumulators, ${fixed(ceiling[12], 1)} with 12; the better one counts. Our effective rate, the
    operations of the direct convolutions of the shipped decoder by our time for one picture, is
    ${fixed(figures.effective_gflops, 1)} GFLOP/s.`,
  ];
}

function firstVisits({ cold, coldGzip }) {
  return [
    '### The first visit',
    `Time from the navigation to the first picture, with an empty cache, over an emulated link of 10 Mbit/s and 40 ms; medians of
    ${cold.times.ours.length} visits each, in turns. Ours is the published site; theirs the least page that onnxruntime-web needs for
    the same picture, with everything preloaded and the weights in our number types.`,
    coldTable({ cold, coldGzip }),
  ];
}

/** Breaks a paragraph into lines; tables, lists and headings stay. */
function wrap(text) {
  if (/^[|#*] ?/.test(text)) return text;
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    if (`${lines.at(-1)} ${word}`.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] += lines.at(-1) ? ` ${word}` : word;
  }
  return lines.join('\n');
}

/** `run` is what run.mjs gathers. → the part of docs/performance.md that is generated, without its title */
export function report(run) {
  const { figures, results, macs, models, specs, batches, refused, cold } = run;
  const parts = [conditions(run), goalsTable(figures)];
  for (const model of models) {
    const { height, width, channels } = specs[model];
    const count = fixed(macs[model] / 1e6, 1);
    parts.push(`### ${model}, ${height}×${width}×${channels}, ${count} M multiply-adds in its direct convolutions`);
    for (const n of batches) parts.push(`Batch ${n}:`, timesTable(results, macs, model, n));
  }
  parts.push('### How this was measured', ...method(run));
  if (refused.length > 0) parts.push('### Refused', refused.map((text) => `* ${text}`).join('\n'));
  if (cold) parts.push(...firstVisits(run));
  return parts.map(wrap).join('\n\n');
}
