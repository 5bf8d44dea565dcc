// node tests/golden/pictures.mjs: writes tests/golden/pictures/linked.png and moving.png from first.png and second.png there as the
// page does (web/png.mjs). What people saved must open for ever: --check fails where the page writes other bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { animate, withLink } from '../../web/png.mjs';

const LINK = 'AQEIqrvM3e7_ABEEBAECgP8';
const FRAME_MS = 40;
const file = (name) => path.join(import.meta.dirname, 'pictures', name);
const [first, second] = ['first.png', 'second.png'].map((name) => new Uint8Array(readFileSync(file(name))));
const made = { 'linked.png': withLink(first, LINK), 'moving.png': withLink(animate([first, second], FRAME_MS), LINK) };

for (const [name, bytes] of Object.entries(made)) {
  if (process.argv[2] !== '--check') writeFileSync(file(name), bytes);
  else if (!readFileSync(file(name)).equals(bytes)) throw new Error(`${name} is not what the page writes`);
}
