// The service worker: after the first visit the page works without a network.
//
// One cache per site. Files whose names hold their hash never change, so the cache answers first; the page itself and its
// manifest come from the network when there is one. The cache always holds a whole site: a new page and manifest go in when the
// files that they name are there, and then those that they no longer name go; the page's files of the publishing before stay as
// long, since tabs that are open may still ask for them.
const CACHE = `avae ${registration.scope}`;
const MANIFEST = new URL('manifest.json', registration.scope).href;
const BEFORE = `${MANIFEST}?before`; // the manifest of the publishing before
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

async function fetched(url, init = {}) {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

/** Fetches `url` into the cache. */
const add = async (cache, url) => keep(cache, url, await fetched(url));

/** Puts `file` into the cache as the page fetches it, or plain if that is not there; unless it is there, or nothing more fits. */
async function addFile(cache, file) {
  if (full) return;
  for (const url of bothUrls(file)) if (await cache.match(url)) return;
  try {
    await add(cache, fetchedUrl(file));
  } catch (error) {
    if (!isPacked(file)) throw error;
    await add(cache, urlOf(file.path));
  }
}

/** The files without which the page does not open as the manifest says. */
function filesOfPage(manifest) {
  const first = manifest.models.find(({ id }) => id === manifest.default);
  const beside = manifest.models.filter(({ opening }) => opening && first.opening);
  const hashed = manifest.files.filter(({ path }) => isHashed(new URL(urlOf(path))));
  return [...hashed, ...new Set([first, ...beside].map(({ decoder }) => decoder)), ...(first.atlas ? [first.atlas] : [])];
}

/** The page and the manifest of one publishing, and what the manifest says. */
async function published() {
  const [page, listing] = await Promise.all([fetched(PAGE, { cache: 'no-cache' }), fetched(MANIFEST, { cache: 'no-cache' })]);
  const [html, manifest] = await Promise.all([page.clone().text(), listing.clone().json()]);
  const used = Array.from(html.matchAll(/[="']([\w-]+-[0-9a-f]{8}\.(js|css|svg|wasm|webmanifest))/g), ([, name]) => name);
  const listed = new Set(manifest.files.map(({ path }) => path));
  if (used.length === 0 || !used.every((name) => listed.has(name))) throw new Error('the site is being published'); // or somebody else answers
  return { page, listing, manifest };
}

/** Brings the cache to the site as it is published now. → its manifest */
async function update() {
  const cache = await caches.open(CACHE);
  const { page, listing, manifest } = await published();
  full = false; // there may be room by now
  for (const file of filesOfPage(manifest)) await addFile(cache, file);
  if (full) {
    // No room for both: the site as it was goes first.
    await prune(cache, manifest);
    full = false;
    for (const file of filesOfPage(manifest)) await addFile(cache, file);
  }
  const last = await cache.match(MANIFEST);
  if (last && (await last.clone().text()) !== (await listing.clone().text())) {
    await cache.delete(BEFORE);
    await cache.put(BEFORE, last).catch(() => {});
  }
  await keep(cache, PAGE, page);
  await keep(cache, MANIFEST, listing);
  const before = await cache.match(BEFORE);
  await prune(cache, manifest, before ? (await before.json()).files : []);
  return manifest;
}

/** Forgets files that the manifest does not list and that are none of `before`, and plain ones that are there compressed. */
async function prune(cache, manifest, before = []) {
  const files = [...manifest.files, ...manifest.models.flatMap(rolesOf), ...before];
  const listed = new Set([PAGE, MANIFEST, ...(before.length > 0 ? [BEFORE] : []), ...files.flatMap(bothUrls)]);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  for (const url of kept) {
    if (!listed.has(url) || (canUnpack && kept.has(`${url}.gz`))) await cache.delete(url);
  }
}

/** As the server has it now: page and manifest belong together. What is kept stands in for it when there is no network, or an error. */
async function networkFirst(request, key) {
  const kept = async () => (await caches.open(CACHE)).match(key);
  try {
    const response = await fetch(request, { cache: 'no-cache' });
    return response.status < 400 ? response : ((await kept()) ?? response);
  } catch (error) {
    const there = await kept();
    if (there) return there;
    throw error;
  }
}

// For the gallery and pages like it.
const NOT_KEPT = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="dark light"><title>AVAE</title>
<body style="font:17px/1.5 system-ui;max-width:32em;margin:20vh auto;padding:0 16px">
<p>There is no network, and this page is not kept on this device. <a href="./">The playground is.</a></p>
<p lang="zh">没有网络，此页面也没有保存在本设备上。<a href="./">游乐场可以离线使用。</a></p>`;
const otherPage = (request) => fetch(request).catch(() => new Response(NOT_KEPT, { headers: { 'Content-Type': 'text/html' } }));

/** A cache that fails is no reason to fail, nor to hold a file back until it is kept. */
async function cacheFirst(event) {
  const { request } = event;
  const cache = await caches.open(CACHE).catch(() => null);
  const kept = request.cache === 'reload' ? null : await cache?.match(request.url).catch(() => null);
  if (kept) return kept;
  const response = await fetch(request);
  if (cache && response.ok) event.waitUntil(keep(cache, request.url, response.clone()).catch(() => {}));
  return response;
}

/**
 * Keeps the site as it is now, the files at `paths`, which the page has loaded, and, if `all`, all files of all models that can be
 * chosen. → whether there was room for the page's own.
 */
async function keepAll({ paths, all }) {
  const manifest = await update();
  const cache = await caches.open(CACHE);
  const files = manifest.models.flatMap(rolesOf);
  const loaded = files.filter((file) => bothUrls(file).some((url) => paths.map(urlOf).includes(url)));
  const addLoaded = async () => {
    for (const file of loaded) await addFile(cache, file).catch(() => {}); // another visit will
  };
  await addLoaded();
  if (full) {
    await prune(cache, manifest); // the publishing before
    full = false;
    await addLoaded();
  }
  const fits = !full;
  const offered = all ? manifest.models.filter(({ current }) => current).flatMap(rolesOf) : [];
  for (const file of offered) await addFile(cache, file).catch(() => {});
  return fits;
}

// Several tabs, and the browser's own look at this file, may come at once.
const inTurn = (work) => navigator.locks.request(CACHE, work);

addEventListener('install', (event) => event.waitUntil(inTurn(update).then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

// The page asks for it at each visit, once it has nothing else to do: sites are published again.
addEventListener('message', (event) => {
  if (event.data?.type !== 'keep') return;
  const answer = (fits) => event.source.postMessage({ type: 'kept', full: !fits });
  event.waitUntil(inTurn(() => keepAll(event.data)).catch(() => true).then(answer)); // without a network another visit will
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !url.href.startsWith(registration.scope)) return;
  if (url.href === MANIFEST) event.respondWith(networkFirst(request, MANIFEST));
  else if (request.mode === 'navigate' && isPage(url)) event.respondWith(networkFirst(request, PAGE));
  else if (request.mode === 'navigate') event.respondWith(otherPage(request));
  else if (isHashed(url) && !url.pathname.includes('/live/')) event.respondWith(cacheFirst(event));
});
