// An HTTP server for the benchmark's pages: folders and bytes in memory, cross-origin isolated or gzipped on request, with a log.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { listen, TYPES } from '../../browser/static-server.mjs';

/** Pages with these may share memory between threads. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** The bytes at `pathname`: of `files` (Map of path → bytes), else of the folder with the longest fitting prefix in `mounts`. */
function find(pathname, mounts, files) {
  if (files.has(pathname)) return files.get(pathname);
  const prefix = Object.keys(mounts)
    .filter((each) => pathname.startsWith(each))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  const folder = path.resolve(mounts[prefix]);
  let file = path.resolve(folder, pathname.slice(prefix.length));
  if (pathname.endsWith('/')) file = path.join(file, 'index.html');
  return file.startsWith(folder) && existsSync(file) && statSync(file).isFile() ? readFileSync(file) : null;
}

/**
 * `mounts` are {'/prefix/': folder}; `gzip` compresses everything (each file once);
 * `isolated` sends the headers of cross-origin isolation.
 * → {origin, log: [{path, bytes, at: Date.now() of the request}], close()}
 */
export async function serve({ mounts, files = new Map(), isolated = false, gzip = false }) {
  const log = [];
  const zipped = new Map();
  const { origin, close } = await listen((request, response) => {
    const at = Date.now();
    const pathname = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    let body = find(pathname, mounts, files);
    if (!body) {
      log.push({ path: pathname, bytes: 0, at });
      response.writeHead(404).end();
      return;
    }
    const headers = { 'content-type': TYPES[path.extname(pathname) || '.html'] ?? 'application/octet-stream' };
    if (isolated) Object.assign(headers, ISOLATION);
    if (gzip) {
      if (!zipped.has(pathname)) zipped.set(pathname, gzipSync(body, { level: 9 }));
      body = zipped.get(pathname);
      headers['content-encoding'] = 'gzip';
    }
    log.push({ path: pathname, bytes: body.length, at });
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
  });
  return { origin, log, close };
}
