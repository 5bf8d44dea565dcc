// Keeps docs/performance.md and docs/performance-history.jsonl.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = path.join(import.meta.dirname, '../../../docs');
const BEGIN = '<!-- scripts/bench decode writes from here -->';
const END = '<!-- to here -->';
const EMPTY = `# Performance\n\n## Decoding, against other engines\n\n${BEGIN}\n${END}\n`;

/** Puts `text` between the marks in docs/performance.md; what is around them stays. */
export function writePerformance(text) {
  const file = path.join(DOCS, 'performance.md');
  const whole = existsSync(file) ? readFileSync(file, 'utf8') : EMPTY;
  const [from, to] = [whole.indexOf(BEGIN), whole.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its marks: put ${BEGIN} and ${END} back`);
  writeFileSync(file, `${whole.slice(0, from + BEGIN.length)}\n\n${text}\n\n${whole.slice(to)}`);
}

/** One line more of docs/performance-history.jsonl. */
export function appendHistory(entry) {
  appendFileSync(path.join(DOCS, 'performance-history.jsonl'), `${JSON.stringify(entry)}\n`);
}
