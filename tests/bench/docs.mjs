// Keeps docs/performance.md and docs/performance-history.jsonl.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = path.join(import.meta.dirname, '../../docs');
const END = '<!-- to here -->';

/** Puts `text` between the marks of benchmark `name` in docs/performance.md; what is around them stays. */
export function writePerformance(name, text) {
  const file = path.join(DOCS, 'performance.md');
  const begin = `<!-- scripts/bench ${name} writes from here -->`;
  const whole = readFileSync(file, 'utf8');
  const from = whole.indexOf(begin);
  const to = whole.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has lost its marks: put ${begin} and ${END} back`);
  writeFileSync(file, `${whole.slice(0, from + begin.length)}\n\n${text}\n\n${whole.slice(to)}`);
}

/** One line more of docs/performance-history.jsonl. */
export function appendHistory(entry) {
  appendFileSync(path.join(DOCS, 'performance-history.jsonl'), `${JSON.stringify(entry)}\n`);
}
