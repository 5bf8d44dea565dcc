// node scripts/serve.mjs FOLDER [--port N] [--host ADDRESS]: serves a published site, for looking at it on this machine.
// Prints the address. Any static host does in its place. Files below live/ are never cached; live/ itself may be a link to a run's folder.
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** The file that the path of a URL names, or null: only files really inside `folder`, or inside what its live/ links to. */
function findFile(folder, pathname) {
  try {
    const name = decodeURIComponent(pathname);
    const file = realpathSync(path.join(folder, name.endsWith('/') ? `${name}index.html` : name));
    const allowed = [realpathSync(folder)];
    if (name.startsWith('/live/')) allowed.push(realpathSync(path.join(folder, 'live')));
    const stat = statSync(file);
    const inside = allowed.some((root) => file.startsWith(root + path.sep));
    return inside && stat.isFile() ? { file, stat, live: name.startsWith('/live/') } : null;
  } catch {
    return null; // no such file, or not a path
  }
}

function answer(folder, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const found = findFile(folder, request.url.split(/[?#]/, 1)[0]);
  if (!found) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  const { file, stat, live } = found;
  const etag = `"${stat.size.toString(16)}-${stat.mtimeMs.toString(16)}"`;
  const headers = {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'cache-control': live ? 'no-store' : 'no-cache',
    'x-content-type-options': 'nosniff',
    ...(live ? {} : { etag }),
  };
  if (!live && request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': stat.size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  pipeline(createReadStream(file, { start: 0, end: Math.max(0, stat.size - 1) }), response, () => {}); // the client may leave
}

/** Starts serving. → the server, listening. Rejects when the port is taken (port 0: any free one). */
export function serve(folder, { port = 0, host = '127.0.0.1' } = {}) {
  return new Promise((resolve, reject) => {
    const server = createServer((request, response) => answer(folder, request, response));
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: '8000' }, host: { type: 'string', default: '127.0.0.1' } },
  });
  const port = Number(values.port);
  if (positionals.length !== 1 || !Number.isInteger(port) || port < 0 || port > 65535) {
    console.error('serve: usage: node scripts/serve.mjs FOLDER [--port N] [--host ADDRESS]');
    process.exit(2);
  }
  const folder = positionals[0];
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(`serve: no such folder: ${folder}: publish a site first with avae publish --out ${folder}`);
    process.exit(1);
  }
  const options = { port, host: values.host };
  const server = await serve(folder, options).catch((error) => {
    if (error.code === 'EADDRINUSE') return serve(folder, { ...options, port: 0 });
    console.error(`serve: cannot listen on ${values.host}:${port}: ${error.message}`);
    process.exit(1);
  });
  const address = server.address();
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  console.log(`http://${name}:${address.port}/`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
