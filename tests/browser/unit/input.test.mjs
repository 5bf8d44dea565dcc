// What the canvas hears, as ui.wasm is told.
import assert from 'node:assert/strict';
import test from 'node:test';

import { listen } from '../../../web/ui-input.mjs';

class Canvas extends EventTarget {
  style = {};
  getBoundingClientRect = () => ({ left: 0, top: 0, width: 100, height: 100 });
}

/** → {send: dispatches on the page, told: calls of ui.wasm's exports in their order} */
function setUp() {
  const told = [];
  const ui = new Proxy({}, { get: (_, name) => (...args) => told.push([name, ...args]) });
  const page = new EventTarget();
  listen(new Canvas(), ui, () => {}, page);
  const send = (type, fields) => page.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...fields }));
  return { told, send };
}

test('input: a key goes down, and up when it is let go', () => {
  const { told, send } = setUp();
  send('keydown', { key: 'z', ctrlKey: true });
  send('keyup', { key: 'z' });
  assert.deepEqual(told.map(([name, , down, control]) => [name, down, control]), [['ui_key', 1, 1], ['ui_key', 0, 0]]);
  assert.equal(told[0][1], told[1][1]);
});

test('input: a key pressed with Command is let go at once, as macOS never says so', () => {
  const { told, send } = setUp();
  for (let i = 0; i < 2; i += 1) send('keydown', { key: 'z', metaKey: true });
  assert.deepEqual(told.map(([, , down, control]) => [down, control]), [[1, 1], [0, 0], [1, 1], [0, 0]]);
});

test('input: keys that belong to the browser are left to it', () => {
  const { told, send } = setUp();
  assert.equal(send('keydown', { key: 'r', ctrlKey: true }), true);
  assert.equal(send('keydown', { key: 'F5' }), true);
  assert.deepEqual(told, []);
});
