// One message at a time at the top of the stage: what happened, what to do next, and at most one button.
import { t } from './strings.mjs';

const byId = (id) => document.getElementById(id);
const waiting = [];

/** Shows a PageError or {message, next}. `action` is {label, run}. */
export function showNotice({ message, next = '' }, action = null) {
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
}

/** Shows it once the message on show, if any, is closed. */
export function queueNotice(notice) {
  if (byId('notice').hidden) showNotice(notice);
  else waiting.push(notice);
}

export function hideNotice() {
  byId('notice').hidden = true;
  if (waiting.length > 0) showNotice(waiting.shift());
}

byId('notice-close').addEventListener('click', hideNotice);
