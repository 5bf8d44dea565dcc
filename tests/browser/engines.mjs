// Two more browser engines for the tests: Firefox over WebDriver BiDi, WebKitGTK over its WebDriver. Both are Debian packages.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import WebSocket from 'ws';

const FIREFOX = process.env.AVAE_FIREFOX ?? '/usr/bin/firefox-esr';
const MINI_BROWSER = process.env.AVAE_MINI_BROWSER ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
// WebGL in software, where there is no graphics card.
const PREFERENCES = 'user_pref("webgl.force-enabled", true);\n';
const START_MS = 60_000;
const LOAD_MS = 60_000;

/** Rejects with what `child` said when it does not start in time or ends first. */
function started(child, said, ready) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it does not start: ${said()}`)), START_MS);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said()}`)));
    ready().then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A program in a process group and a home folder of its own, with `files` in it ({name: text}). → {child, said(), end()} */
function start(program, args, files = {}) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'avae-engine-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(home, name), text);
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, MOZ_WEBGL_FORCE_EGL: '1' }; // Firefox without a screen finds no GL otherwise
  const child = spawn(program, args.map((arg) => arg.replace('{home}', home)), { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  child.on('error', (error) => (text += error.message));
  return {
    child,
    said: () => text.slice(-2000),
    async end() {
      if (child.exitCode === null && child.pid) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        process.kill(-child.pid, 'SIGTERM');
        const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 5000);
        await gone;
        clearTimeout(timer);
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** → {visit(url), run(functionText) → its answer as JSON has it, screenshot() → PNG bytes, close()}: visit() waits for the playground. */
function browser({ navigate, run, screenshot, close }) {
  return {
    run,
    screenshot,
    close,
    async visit(url) {
      await navigate('about:blank'); // another fragment alone would load nothing
      await navigate(url);
      const deadline = Date.now() + LOAD_MS;
      for (;;) {
        const phase = await run('() => document.body?.dataset.phase ?? ""');
        if (['ready', 'basic', 'failed'].includes(phase)) return phase;
        if (Date.now() > deadline) throw new Error(`the page is still ${phase}`);
        await pause(100);
      }
    },
  };
}

export async function openFirefox() {
  const firefox = start(FIREFOX, ['--headless', '--no-remote', '--profile', '{home}', '--remote-debugging-port=0', 'about:blank'], { 'user.js': PREFERENCES });
  try {
    const listening = /WebDriver BiDi listening on (ws:\S+)/;
    await started(firefox.child, firefox.said, async () => {
      while (!listening.test(firefox.said())) await pause(50);
    });
    const socket = new WebSocket(`${listening.exec(firefox.said())[1]}/session`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const waiting = new Map();
    socket.on('message', (data) => {
      const { id, result, error, message } = JSON.parse(data);
      const call = waiting.get(id);
      waiting.delete(id);
      if (error) call?.reject(new Error(`${error}: ${message}`));
      else call?.resolve(result);
    });
    let last = 0;
    const send = (method, params = {}) =>
      new Promise((resolve, reject) => {
        waiting.set((last += 1), { resolve, reject });
        socket.send(JSON.stringify({ id: last, method, params }));
      });
    await send('session.new', { capabilities: {} });
    const { contexts } = await send('browsingContext.getTree');
    const { context } = contexts[0];
    return browser({
      navigate: (url) => send('browsingContext.navigate', { context, url, wait: 'complete' }),
      async run(functionText) {
        const functionDeclaration = `async () => JSON.stringify(await (${functionText})())`;
        const { type, result, exceptionDetails } = await send('script.callFunction', { functionDeclaration, target: { context }, awaitPromise: true });
        if (type === 'exception') throw new Error(exceptionDetails.text);
        return JSON.parse(result.value ?? 'null');
      },
      screenshot: async () => Buffer.from((await send('browsingContext.captureScreenshot', { context })).data, 'base64'),
      async close() {
        socket.terminate();
        await firefox.end();
      },
    });
  } catch (error) {
    await firefox.end();
    throw error;
  }
}

export async function openWebKit() {
  const port = 20_000 + (process.pid % 20_000);
  const driver = start('xvfb-run', ['-a', '-s', '-screen 0 1600x1000x24', 'WebKitWebDriver', `--port=${port}`]);
  const call = async (method, address, body) => {
    const headers = body && { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${address}`, { method, headers, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  try {
    await started(driver.child, driver.said, async () => {
      while (!(await call('GET', '/status').catch(() => null))) await pause(100);
    });
    const options = { binary: MINI_BROWSER, args: ['--automation'] };
    const { sessionId } = await call('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
    const session = `/session/${sessionId}`;
    await call('POST', `${session}/timeouts`, { script: LOAD_MS, pageLoad: LOAD_MS });
    return browser({
      navigate: (url) => call('POST', `${session}/url`, { url }),
      async run(functionText) {
        const script = `const done = arguments[0];
          (async () => JSON.stringify({ value: await (${functionText})() }))().then(done, (error) => done(JSON.stringify({ error: String(error) })));`;
        const { value, error } = JSON.parse(await call('POST', `${session}/execute/async`, { script, args: [] }));
        if (error) throw new Error(error);
        return value;
      },
      screenshot: async () => Buffer.from(await call('GET', `${session}/screenshot`), 'base64'),
      async close() {
        await call('DELETE', session).catch(() => {});
        await driver.end();
      },
    });
  } catch (error) {
    await driver.end();
    throw error;
  }
}
