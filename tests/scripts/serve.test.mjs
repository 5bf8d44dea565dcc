import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { serve } from '../../scripts/serve.mjs';

let server;
let folder;

/** One request, its path sent as it is. → {status, headers, body} */
function get(target, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const { port } = server.address();
    const options = { host: '127.0.0.1', port, path: target, method, headers, agent: false };
    request(options, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
    })
      .on('error', reject)
      .end();
  });
}

before(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'avae-serve-'));
  for (const name of ['site/models', 'run/live', 'outside']) mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, 'site/index.html'), '<p>page</p>');
  writeFileSync(path.join(folder, 'site/core.wasm'), 'wasm');
  writeFileSync(path.join(folder, 'site/empty.js'), '');
  writeFileSync(path.join(folder, 'site/models/a b.json'), '{}');
  writeFileSync(path.join(folder, 'run/live/live.json'), '{"step":1}');
  writeFileSync(path.join(folder, 'run/metrics.jsonl'), 'private');
  writeFileSync(path.join(folder, 'outside/secret'), 'secret');
  symlinkSync(path.join(folder, 'run/live'), path.join(folder, 'site/live'));
  symlinkSync(path.join(folder, 'outside/secret'), path.join(folder, 'site/leak'));
  server = await serve(path.join(folder, 'site'));
});

after(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('serve: sends files with their media type', async () => {
  const page = await get('/?embed=1');
  assert.deepEqual([page.status, page.body], [200, '<p>page</p>']);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.equal((await get('//')).body, '<p>page</p>');
  assert.equal((await get('/core.wasm')).headers['content-type'], 'application/wasm');
  assert.match((await get('/empty.js')).headers['content-type'], /^text\/javascript/);
  assert.equal((await get('/models/a%20b.json')).body, '{}');
});

test('serve: answers 304 to the ETag that it sent', async () => {
  const { headers } = await get('/core.wasm');
  const again = await get('/core.wasm', { headers: { 'if-none-match': headers.etag } });
  assert.deepEqual([again.status, again.body], [304, '']);
});

test('serve: sends no body to HEAD and refuses other methods', async () => {
  const head = await get('/core.wasm', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '4', '']);
  assert.equal((await get('/core.wasm', { method: 'PUT' })).status, 405);
});

test('serve: follows the live link and lets nothing cache it', async () => {
  const live = await get('/live/live.json');
  assert.equal(live.body, '{"step":1}');
  assert.equal(live.headers['cache-control'], 'no-store');
  assert.equal(live.headers.etag, undefined);
});

for (const target of [
  '/missing',
  '//[',
  '/models/',
  '/models',
  '/leak',
  '/../outside/secret',
  '/%2e%2e/outside/secret',
  '/..%2foutside%2fsecret',
  '/live/../metrics.jsonl',
  '/live/%2e%2e/metrics.jsonl',
  '/%00',
  '/%zz',
]) {
  test(`serve: has nothing at ${target}`, async () => {
    assert.equal((await get(target)).status, 404);
  });
}
