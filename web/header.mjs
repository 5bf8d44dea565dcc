// The header and the tab bar: model, view, undo, redo.
import { setEnabled } from './enabled.mjs';
import { UNSTABLE, isStable } from './models.mjs';
import { t } from './strings.mjs';

const byId = (id) => document.getElementById(id);
const tabs = [...document.querySelectorAll('[data-view]')];
const commands = [...document.querySelectorAll('[data-command]')];

/** `on` has setModel(id), a promise; model(), the id of the one on show; setView(name) and command(name). */
export function createHeader(on) {
  const select = byId('model');
  let listed = '';
  select.addEventListener('change', async () => {
    await on.setModel(select.value);
    select.value = on.model(); // another one where that failed
  });
  for (const tab of tabs) tab.addEventListener('click', () => on.setView(tab.dataset.view));
  for (const button of commands) button.addEventListener('click', () => on.command(button.dataset.command));

  return {
    /** The models to choose from; `shown` is added when it is an earlier one. */
    setModels(offered, shown = null) {
      const list = shown && !offered.includes(shown) ? [...offered, shown] : offered;
      const key = list.map(({ id, title, current }) => `${id} ${title} ${current}`).join('\n');
      if (key === listed) return;
      listed = key;
      const option = (model) => new Option(model.current ? t(model.title) : t('{title} (earlier)', { title: model.title }), model.id);
      const chosen = select.value;
      select.replaceChildren(...list.map(option));
      select.value = shown?.id ?? chosen;
      select.disabled = list.length < 2;
    },

    /** Mirrors the playground's state. `views` are the views that it has. */
    show(state, views) {
      select.value = state.model;
      const view = views.includes(state.view) ? state.view : 'shape';
      for (const tab of tabs) {
        tab.disabled = !views.includes(tab.dataset.view);
        if (tab.dataset.view === 'compare') tab.hidden = tab.disabled; // most sites have one model
        tab.setAttribute('aria-pressed', String(tab.dataset.view === view));
      }
      for (const button of commands) {
        const can = button.dataset.command === 'undo' ? state.canUndo : state.canRedo;
        setEnabled(button, can !== false);
      }
      for (const button of document.querySelectorAll('[data-share]')) {
        button.disabled = !isStable(state);
        button.title = isStable(state) ? '' : t(UNSTABLE);
      }
    },

    /** The learning badge: text, and one action ({label, run}) or null. Empty text hides it. */
    badge(text, action = null) {
      byId('badge').hidden = !text;
      byId('badge-text').textContent = text;
      const button = byId('badge-action');
      button.hidden = !action;
      button.textContent = t(action?.label ?? '');
      button.onclick = action?.run ?? null;
    },
  };
}
