// A static file server for one folder, as plain as the plainest host: no compression, no headers but the type.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

/** Content types by the end of a file's name. */
export const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** Answers with `handler` on a free port of this machine. → {origin, close()} */
export async function listen(handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** Serves `folder` below `prefix`. → {origin, url, close()} */
export async function serve(folder, prefix = '/some/folder/') {
  const { origin, close } = await listen((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    let file = path.join(folder, decodeURIComponent(pathname.slice(prefix.length)));
    if (pathname.endsWith('/')) file = path.join(file, 'index.html');
    const inside = pathname.startsWith(prefix) && path.resolve(file).startsWith(path.resolve(folder));
    const stat = inside ? statSync(file, { throwIfNoEntry: false }) : undefined;
    if (!stat?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': stat.size });
    createReadStream(file).pipe(response);
  });
  return { origin, url: origin + prefix, close };
}
