// The drawn controls as elements of the document: each lies, unseen, over its drawing, so that the keyboard reaches it, its focus is
// seen, and screen readers know what it is called and where it stands. Pointers go through to the canvas.
import { setEnabled } from './enabled.mjs';

const IDLE_MS = 150; // the elements follow when nothing has been drawn for this long
const LONGEST_MS = 500; // nor later than that, when a morph draws all the time
const ROWS = /^(tile|draw|frame|variation|keyframe)-/; // pictures of which one is in the tab order; arrows lead to the others

/**
 * `canvas` is the playground's, `playground` its object in ui.mjs: targets(), press(name), slide(name, value), reveal(name).
 * → {drawn(), destroy()}; drawn() follows each frame.
 */
export function createControls(canvas, playground) {
  const layer = document.createElement('div');
  layer.className = 'drawn-controls';
  canvas.after(layer);
  canvas.tabIndex = -1; // clicks still give it the focus, for shortcuts
  const elements = new Map(); // name → {element, key}
  let timer = 0;
  let due = null; // when they follow at the latest

  const button = (target) => {
    const element = document.createElement('button');
    element.type = 'button';
    element.addEventListener('click', () => playground.press(target.name));
    return element;
  };
  const MAKE = {
    button,
    toggle: button,
    picture: button,
    slider(target) {
      const element = document.createElement('input');
      element.type = 'range';
      element.addEventListener('input', () => playground.slide(target.name, element.valueAsNumber));
      return element;
    },
    text: () => document.createElement('p'),
    map() {
      const element = document.createElement('div');
      element.tabIndex = 0;
      element.setAttribute('role', 'application');
      return element;
    },
  };

  function update(element, target) {
    if (target.kind !== 'text') element.setAttribute('aria-label', target.label);
    else if (element.textContent !== target.label) element.textContent = target.label;
    if (target.kind === 'toggle' || target.kind === 'picture') element.setAttribute('aria-pressed', String(target.on));
    if ('disabled' in element && element.disabled !== !target.enabled) setEnabled(element, target.enabled);
    if (target.kind === 'slider') {
      Object.assign(element, { min: target.low, max: target.high, step: 1 });
      if (document.activeElement !== element || element.valueAsNumber !== target.value) element.value = target.value;
      element.setAttribute('aria-valuetext', target.text);
    }
    Object.assign(element.style, { left: `${target.x}px`, top: `${target.y}px`, width: `${target.w}px`, height: `${target.h}px` });
  }

  function follow() {
    const targets = playground.targets().filter(({ label }) => label);
    const names = new Set(targets.map(({ name }) => name));
    let orphaned = -1; // where the focus was when what had it went
    for (const [name, { element }] of elements) {
      if (names.has(name)) continue;
      if (element === document.activeElement) orphaned = [...layer.children].indexOf(element);
      element.remove();
      elements.delete(name);
    }
    let last = null;
    const inRow = new Map(); // row → the picture of it that Tab reaches
    for (const target of targets) {
      let held = elements.get(target.name);
      if (!held || held.kind !== target.kind) {
        held?.element.remove();
        held = { element: MAKE[target.kind](target), kind: target.kind, row: ROWS.exec(target.name)?.[1] };
        held.element.dataset.target = target.name;
        elements.set(target.name, held);
      }
      update(held.element, target);
      if (!held.element.isConnected || held.element.previousElementSibling !== last) layer.insertBefore(held.element, last ? last.nextSibling : layer.firstChild);
      last = held.element;
      if (!held.row) continue;
      const reached = inRow.get(held.row);
      const better = !reached || document.activeElement === held.element || (target.on && document.activeElement !== reached);
      if (better && reached) reached.tabIndex = -1;
      held.element.tabIndex = better ? 0 : -1;
      if (better) inRow.set(held.row, held.element);
    }
    if (orphaned < 0) return;
    const reachable = [...layer.children].filter((element) => element.tabIndex >= 0 && !element.disabled);
    const next = reachable.find((element) => [...layer.children].indexOf(element) >= orphaned) ?? reachable.at(-1) ?? canvas;
    next.focus();
  }

  /** The picture of the same row that lies next in the direction of `key`. */
  function neighbour(from, key) {
    const { row } = elements.get(from.dataset.target);
    const centre = (element) => [element.offsetLeft + element.offsetWidth / 2, element.offsetTop + element.offsetHeight / 2];
    const [x, y] = centre(from);
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    let best = null;
    let least = Infinity;
    for (const { element, row: its } of elements.values()) {
      if (its !== row || element === from) continue;
      const [ex, ey] = centre(element);
      const along = (ex - x) * dx + (ey - y) * dy;
      const across = Math.abs((ex - x) * dy) + Math.abs((ey - y) * dx);
      if (along < 4 || along + 4 * across >= least) continue;
      least = along + 4 * across;
      best = element;
    }
    return best;
  }

  layer.addEventListener('focusin', ({ target }) => playground.reveal(target.dataset.target));
  layer.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const held = elements.get(target.dataset.target);
    if (held?.row && key.startsWith('Arrow') && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const next = neighbour(target, key);
      if (!next) return;
      target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  });

  return {
    drawn() {
      const now = performance.now();
      due ??= now + LONGEST_MS;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          due = null;
          follow();
        },
        Math.min(IDLE_MS, Math.max(0, due - now)),
      );
    },
    destroy() {
      clearTimeout(timer);
      layer.remove();
    },
  };
}
