// Reads manifest.json: which models and files the site has. Every fault is refused by name.
import { PageError } from './errors.mjs';

const MAX_CHARS = 4 << 20;
const HEX_ID = /^[0-9a-f]{16}$/;
const HEX_HASH = /^[0-9a-f]{64}$/;
const LINK = /^[A-Za-z0-9_-]{1,18432}$/;
const NAME = /^[a-z0-9-]{1,40}$/;

class Fault extends Error {}
const fault = (message) => {
  throw new Fault(message);
};

const show = (value) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const objectAt = (value, where) => (isObject(value) ? value : fault(`${where} is not an object`));
const listAt = (value, where) => (Array.isArray(value) ? value : fault(`${where} is not a list`));
const match = (value, pattern, where, what) =>
  typeof value === 'string' && pattern.test(value) ? value : fault(`${where} is ${show(value)}, not ${what}`);
const integer = (value, low, high, where) =>
  Number.isInteger(value) && value >= low && value <= high
    ? value
    : fault(`${where} is ${show(value)}, not a whole number from ${low} to ${high}`);

/** A path inside the site: relative, forward slashes, no "..", no scheme, no query. */
export function isSitePath(path) {
  return (
    typeof path === 'string' &&
    path.length <= 200 &&
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(path)
  );
}

function checkFile(value, where) {
  const file = objectAt(value, where);
  if (!isSitePath(file.path)) fault(`${where}.path is ${show(file.path)}, not a path inside the site`);
  return {
    path: file.path,
    bytes: integer(file.bytes, 1, 2 ** 31, `${where}.bytes`),
    sha256: match(file.sha256, HEX_HASH, `${where}.sha256`, '64 hex digits'),
    gzipBytes: integer(file.gzip_bytes ?? 0, 0, file.bytes, `${where}.gzip_bytes`),
  };
}

function checkSpec(value, where) {
  const spec = objectAt(value, where);
  integer(spec.version, 1, 2, `${where}.version`);
  match(spec.name, NAME, `${where}.name`, 'a short name of a-z, 0-9 and -');
  for (const side of ['height', 'width']) integer(spec[side], 4, 256, `${where}.${side}`);
  if (spec.channels !== 1 && spec.channels !== 3) fault(`${where}.channels is ${show(spec.channels)}, not 1 or 3`);
  integer(spec.latent, 1, 256, `${where}.latent`);
  integer(spec.switches ?? 0, 0, Math.min(4, spec.latent - 1), `${where}.switches`);
  integer(spec.classes, 0, 256, `${where}.classes`);
  if (spec.classes === 1) fault(`${where}.classes is 1, not 0 or from 2 to 256`);
  const names = listAt(spec.class_names ?? [], `${where}.class_names`);
  if (names.length !== 0 && names.length !== spec.classes) {
    fault(`${where}.class_names has ${names.length} names for ${spec.classes} classes`);
  }
  names.forEach((name, i) => {
    if (typeof name !== 'string' || name.length < 1 || name.length > 40) {
      fault(`${where}.class_names[${i}] is ${show(name)}, not 1 to 40 characters`);
    }
  });
  return spec;
}

function checkRealism(value, where) {
  const { scale, offset } = objectAt(value, where);
  if (!Number.isFinite(scale) || scale <= 0) fault(`${where}.scale is ${show(scale)}, not a number above 0`);
  if (!Number.isFinite(offset)) fault(`${where}.offset is ${show(offset)}, not a number`);
  return { scale, offset };
}

function checkModel(value, where) {
  const model = objectAt(value, where);
  const id = match(model.id, HEX_ID, `${where}.id`, '16 hex digits');
  const decoder = checkFile(model.decoder, `${where}.decoder`);
  if (!decoder.sha256.startsWith(id)) fault(`${where}.id is ${id}, which is not the start of its decoder's sha256`);
  if (typeof model.current !== 'boolean') fault(`${where}.current is ${show(model.current)}, not true or false`);
  const role = (name) => (model[name] == null ? null : checkFile(model[name], `${where}.${name}`));
  const name = match(model.name, NAME, `${where}.name`, 'a short name of a-z, 0-9 and -');
  return {
    id,
    name,
    title: typeof model.title === 'string' && model.title ? model.title.slice(0, 80) : name,
    current: model.current,
    spec: checkSpec(model.spec, `${where}.spec`),
    decoder,
    encoder: role('encoder'),
    atlas: role('atlas'),
    discriminator: role('discriminator'),
    opening: (model.opening ?? '') === '' ? '' : match(model.opening, LINK, `${where}.opening`, 'a link'),
    realism: model.realism == null || model.discriminator == null ? null : checkRealism(model.realism, `${where}.realism`),
  };
}

function check(json) {
  const root = objectAt(json, 'the manifest');
  if (Number.isInteger(root.version) && root.version > 1) fault(`version ${root.version} was made by a newer avae`);
  integer(root.version, 1, 1, 'version');
  const models = listAt(root.models, 'models').map((model, i) => checkModel(model, `models[${i}]`));
  if (models.length === 0) fault('models is empty');
  const ids = new Set();
  for (const { id } of models) {
    if (ids.has(id)) fault(`two models have the id ${id}`);
    ids.add(id);
  }
  match(root.default, HEX_ID, 'default', '16 hex digits');
  if (!ids.has(root.default)) fault(`default is ${root.default}, which no model has`);
  const live = root.live ?? null;
  if (live !== null && !isSitePath(live)) fault(`live is ${show(live)}, not a path inside the site`);
  if (typeof (root.base_url ?? '') !== 'string') fault(`base_url is ${show(root.base_url)}, not text`);
  const files = listAt(root.files, 'files').map((file, i) => checkFile(file, `files[${i}]`));
  const paths = new Set();
  for (const { path } of files) {
    if (paths.has(path)) fault(`two files have the path ${path}`);
    paths.add(path);
  }
  return { version: 1, default: root.default, live, base_url: root.base_url ?? '', models, files };
}

/**
 * Checks the text of a manifest. Returns the manifest with only the fields that the page uses.
 * Throws a PageError whose message names the fault.
 */
export function parseManifest(text) {
  const refuse = (why) => new PageError(`The site's manifest is damaged: ${why}.`, 'Publish the site again.');
  if (text.length > MAX_CHARS) throw refuse('it is longer than 4 MiB');
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw refuse('it is not JSON');
  }
  try {
    return check(json);
  } catch (error) {
    if (error instanceof Fault) throw refuse(error.message);
    throw error;
  }
}

/** Fetches and checks manifest.json next to the page. */
export async function fetchManifest(url = 'manifest.json') {
  let response;
  try {
    response = await fetch(url, { cache: 'no-cache' });
  } catch {
    throw new PageError('The site cannot be reached.', 'Check the connection, then reload.');
  }
  if (!response.ok) {
    throw new PageError(`The site has no manifest (HTTP ${response.status}).`, 'Publish the site again.');
  }
  return parseManifest(await response.text());
}

/** The file of a manifest whose hashed name stands for `name`: "core.wasm" is listed as "core-1a2b3c4d.wasm". */
export function siteFile(manifest, name) {
  const dot = name.lastIndexOf('.');
  const pattern = new RegExp(`^${name.slice(0, dot).replace(/[.]/g, '[.]')}-[0-9a-f]{8}[.]${name.slice(dot + 1)}$`);
  const file = manifest.files.find(({ path }) => path === name || pattern.test(path));
  if (!file) throw new PageError(`The site lacks ${name}.`, 'Publish the site again.');
  return file;
}
