// One message at a time at the top of the stage: what happened, what to do next, and at most one button.
import { t } from './strings.mjs';

const byId = (id) => document.getElementById(id);
const waiting = [];
const READ_MS = 4000;
let shown = null; // what is on show: {notice, action}
let shownAt = 0;
let latest = null; // what came while something asked for an action

/** Shows a PageError or {message, next}. `action` is {label, run}: what asks for one stays, and others wait, until it is closed. */
export function showNotice(notice, action = null) {
  if (shown?.action && !action) {
    latest = notice;
    return;
  }
  const { message, next = '' } = notice;
  shown = { notice, action };
  byId('notice-message').textContent = t(message);
  byId('notice-next').textContent = t(next);
  const button = byId('notice-action');
  button.hidden = !action;
  button.textContent = t(action?.label ?? '');
  button.onclick = action
    ? () => {
        hideNotice();
        action.run();
      }
    : null;
  byId('notice').hidden = false;
  shownAt = performance.now();
}

/** Shows it once the message on show, if any, is closed. */
export function queueNotice(notice) {
  if (shown) waiting.push(notice);
  else showNotice(notice);
}

function hideNotice() {
  byId('notice').hidden = true;
  shown = null;
  const next = latest ?? waiting.shift();
  latest = null;
  if (next) showNotice(next);
}

/** `notice` is no longer so. */
export function dropNotice(notice) {
  if (shown?.notice === notice) hideNotice();
}

/** What was said is answered: it goes, unless it asks for something. */
export function clearNotice() {
  if (shown && !shown.action) hideNotice();
}

/** The visitor has gone on: a message that was there for long enough to be read goes, as clearNotice() does. */
export function passNotice() {
  if (performance.now() - shownAt > READ_MS) clearNotice();
}

byId('notice-close').addEventListener('click', hideNotice);
