// Assembles the site template: node assemble.mjs OUT FILE=PATH…
// Copies each file at PATH into OUT under the name FILE, with eight digits of its own SHA-256 before the extension, and
// rewrites every quoted reference between the files; pages lose their indents. Names that must stay (the page, the service worker, licences) stay.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const KEEP = /^((index|gallery|preview)\.html|sw\.js|.*LICENSE\.txt)$/;
const TEXT = /\.(html|css|mjs|js|svg|webmanifest)$/;
// "./x.mjs", 'fonts/x.woff2', (x.svg), "icons.svg#undo"
const REFERENCE = /(["'(])((?:\.{1,2}\/)*)([A-Za-z0-9_][A-Za-z0-9._/-]*)((?:#[\w-]+)?["')])/g;

/** sources: Map of site name → bytes. → Map of final name → bytes. Throws when files refer to each other in a circle. */
export function assemble(sources) {
  const finals = new Map(); // site name → {name, bytes}
  const path_ = path.posix;

  function finish(name, trail) {
    if (finals.has(name)) return finals.get(name);
    if (trail.includes(name)) throw new Error(`files refer to each other in a circle: ${[...trail, name].join(' → ')}`);
    let bytes = sources.get(name);
    if (TEXT.test(name)) {
      const text = bytes.toString('utf8').replace(REFERENCE, (all, open, up, to, close) => {
        const target = path_.normalize(path_.join(path_.dirname(name), up, to));
        if (target === name || !sources.has(target)) return all;
        const there = path_.relative(path_.dirname(name), finish(target, [...trail, name]).name);
        return `${open}${up.startsWith('./') && !there.startsWith('.') ? './' : ''}${there}${close}`;
      });
      bytes = Buffer.from(name.endsWith('.html') ? text.replace(/\n\s+/g, '\n') : text); // indents are a tenth of a page
    }
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    const { dir, name: stem, ext } = path_.parse(name);
    // Modules end in .js: some hosts do not know the type of .mjs, and browsers refuse modules of another type.
    const end = ext === '.mjs' ? '.js' : ext;
    const final = { name: KEEP.test(name) ? name : path_.join(dir, `${stem}-${hash}${end}`), bytes };
    finals.set(name, final);
    return final;
  }

  return new Map([...sources.keys()].sort().map((name) => Object.values(finish(name, []))));
}

function main([out, ...entries]) {
  if (!out || entries.length === 0) throw new Error('usage: node assemble.mjs OUT FILE=PATH…');
  const sources = new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), readFileSync(entry.slice(at + 1))];
    }),
  );
  rmSync(out, { recursive: true, force: true });
  for (const [name, bytes] of assemble(sources)) {
    mkdirSync(path.dirname(path.join(out, name)), { recursive: true });
    writeFileSync(path.join(out, name), bytes);
  }
}

if (process.argv[1] && import.meta.url === new URL(process.argv[1], 'file:').href) main(process.argv.slice(2));
