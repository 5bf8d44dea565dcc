// The service worker: after the first visit the page works without a network.
//
// One cache per site. Files whose names hold their hash never change, so the cache answers first; the page itself and its
// manifest come from the network when there is one. A new manifest drops whatever it no longer lists.
const CACHE = `avae ${registration.scope}`;
const MANIFEST = new URL('manifest.json', registration.scope).href;
const PAGE = registration.scope;

const urlOf = (path) => new URL(path, registration.scope).href;
const rolesOf = (model) => [model.decoder, model.encoder, model.discriminator, model.atlas].filter(Boolean);
const isPacked = (file) => file.gzip_bytes > 0;
// A file is there under both names when it is there compressed; the page fetches that one where it can unpack it.
const bothUrls = (file) => (isPacked(file) ? [urlOf(file.path), urlOf(`${file.path}.gz`)] : [urlOf(file.path)]);
const canUnpack = 'DecompressionStream' in self;
const fetchedUrl = (file) => (canUnpack ? bothUrls(file).at(-1) : urlOf(file.path));
const isPage = ({ pathname }) => [new URL(PAGE).pathname, `${new URL(PAGE).pathname}index.html`].includes(pathname);
// Pages, and pictures for link previews, are not kept: those who visit do not need them.
const isHashed = (url) => /-[0-9a-f]{8}\.(?!html|png)[a-z0-9]+(\.gz)?$/.test(url.pathname) || /\/models\/[0-9a-f]{16}\.[a-z.]+$/.test(url.pathname);

let full = false; // the browser gives no more room: what is not kept is fetched each time

/** Keeps `response`; a full disk is no reason not to show it. */
async function keep(cache, key, response) {
  try {
    await cache.put(key, response);
  } catch (error) {
    if (error.name !== 'QuotaExceededError') throw error;
    full = true;
  }
}

async function install() {
  const cache = await caches.open(CACHE);
  const response = await fetch(MANIFEST, { cache: 'no-cache' });
  const manifest = await response.clone().json();
  await keep(cache, MANIFEST, response);
  const first = manifest.models.find(({ id }) => id === manifest.default);
  const beside = manifest.models.filter(({ opening }) => opening && first.opening);
  const hashed = manifest.files.filter(({ path }) => isHashed(new URL(urlOf(path))));
  await add(cache, PAGE);
  const decoders = new Set([first, ...beside].map(({ decoder }) => decoder));
  for (const file of [...hashed, ...decoders, ...(first.atlas ? [first.atlas] : [])]) await addFile(cache, file);
}

/** Fetches `url` into the cache. */
async function add(cache, url) {
  if (full) return;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  await keep(cache, url, response);
}

/** Puts `file` into the cache as the page fetches it, or plain if that is not there. */
async function addFile(cache, file) {
  try {
    await add(cache, fetchedUrl(file));
  } catch (error) {
    if (!isPacked(file)) throw error;
    await add(cache, urlOf(file.path));
  }
}

/** Forgets files that the manifest does not list, and plain ones that are there compressed. */
async function prune(manifest) {
  const files = [...manifest.files, ...manifest.models.flatMap(rolesOf)];
  const listed = new Set([PAGE, MANIFEST, ...files.flatMap(bothUrls)]);
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  for (const url of kept) {
    if (!listed.has(url) || (canUnpack && kept.has(`${url}.gz`))) await cache.delete(url);
  }
}

async function networkFirst(request, key) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) {
      await keep(cache, key, response.clone());
      if (key === MANIFEST) await prune(await response.clone().json());
    }
    return response;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

async function cacheFirst(request) {
  const cache = await caches.open(CACHE);
  if (request.cache !== 'reload') {
    const kept = await cache.match(request.url);
    if (kept) return kept;
  }
  const response = await fetch(request);
  if (response.ok) await keep(cache, request.url, response.clone());
  return response;
}

addEventListener('install', (event) => event.waitUntil(install().then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

// The page names the model files that it loaded before this worker was there.
addEventListener('message', (event) => {
  if (event.data?.type !== 'keep') return;
  const keepAll = async () => {
    const cache = await caches.open(CACHE);
    for (const path of event.data.paths) {
      const url = urlOf(path);
      if (isHashed(new URL(url)) && !(await cache.match(url))) await add(cache, url).catch(() => {}); // another visit will
    }
    event.source.postMessage({ type: 'kept', full });
  };
  event.waitUntil(keepAll());
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !url.href.startsWith(registration.scope)) return;
  if (url.href === MANIFEST) event.respondWith(networkFirst(request, MANIFEST));
  else if (request.mode === 'navigate' && isPage(url)) event.respondWith(networkFirst(request, PAGE));
  else if (isHashed(url) && !url.pathname.includes('/live/')) event.respondWith(cacheFirst(request));
});
