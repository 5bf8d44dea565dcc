// Runs the browser tests against a published site: node run.mjs SITE --avae PROGRAM [--screenshots DIR] [FILTER]
// PROGRAM is the native avae, whose pictures are compared with the page's. FILTER is part of a file's name in page/.
// Exit 0 when all passed.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { avae: { type: 'string' }, screenshots: { type: 'string', default: 'build/screenshots' } },
});
const [site, filter = ''] = positionals;
if (!site || !values.avae || !statSync(path.join(site, 'manifest.json'), { throwIfNoEntry: false })) {
  console.error('usage: node run.mjs SITE --avae PROGRAM [--screenshots DIR] [FILTER]\nSITE is a folder made by avae publish.');
  process.exit(2);
}
process.env.AVAE_SITE = path.resolve(site);
process.env.AVAE_SCREENSHOTS = path.resolve(values.screenshots);
mkdirSync(process.env.AVAE_SCREENSHOTS, { recursive: true });
process.env.AVAE_PROGRAM = path.resolve(values.avae);

const tests = path.join(here, 'page');
const files = readdirSync(tests)
  .filter((name) => name.endsWith('.test.mjs') && name.includes(filter))
  .map((name) => path.join(tests, name));

let passed = 0;
let failed = 0;
const isTest = ({ details, name }) => details.type !== 'suite' && !name.endsWith('.test.mjs');
for await (const { type, data } of run({ files, concurrency: 1 })) {
  if (type === 'test:pass' && isTest(data)) {
    passed += 1;
    console.log(`ok      ${data.name} (${Math.round(data.details.duration_ms)} ms)`);
  } else if (type === 'test:fail' && (isTest(data) || data.details.error?.failureType !== 'subtestsFailed')) {
    failed += 1;
    const { cause } = data.details.error;
    console.log(`FAILED  ${data.name}\n${cause?.stack ?? cause ?? data.details.error.message}`);
  } else if (type === 'test:stderr') {
    process.stderr.write(data.message);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
