// What a figure must name: the commit, the hardware, how busy it was.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

const git = (...args) => execFileSync('git', ['-C', import.meta.dirname, ...args], { encoding: 'utf8' }).trim();

/** The commit, with a + when tracked files other than the benchmark's own output differ from it. */
export function commit() {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ':!/docs/performance*');
    return git('rev-parse', '--short=10', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'unknown';
  }
}

const WATCH_MS = 2000;

/** Ticks that all cores together spent [working, in all] since the machine started. */
function ticks() {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .match(/\d+/g)
    .map(Number);
  const working = user + nice + system + rest.slice(0, 3).reduce((sum, each) => sum + each, 0);
  return [working, working + idle + wait];
}

/**
 * Call it while this process has nothing to do.
 * → {cpu: its name and the SIMD it has, cores, busy_cores: how many of them other work kept busy in two seconds}
 */
export async function machine() {
  const info = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name) => info.match(new RegExp(`^${name}\\s*: (.*)$`, 'm'))?.[1] ?? 'unknown';
  const flags = field('flags').split(' ');
  const simd = ['avx', 'avx2', 'fma', 'avx512f'].filter((flag) => flags.includes(flag)).join(', ');
  const cpu = simd ? `${field('model name')} (${simd})` : field('model name');
  const cores = os.cpus().length;
  const before = ticks();
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  const [working, all] = ticks().map((now, i) => now - before[i]);
  return { cpu, cores, busy_cores: (cores * working) / all };
}
