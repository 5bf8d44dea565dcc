// Pointer and keys of the playground's canvas, as ui.wasm wants them.

const NAMED_KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'Escape', ' '];
const LETTERS = 'rgkl'; // shortcuts without a modifier
const MORE_KEYS = ['+', '-', '0']; // the map's zoom
const LINE_PX = 40;
const TRACKPAD_PX = 100; // that two fingers go apart for the map to be e times as large

/** The number that wasm/ui.h gives to the key of `event`, or -1 for keys that belong to the browser. */
export function keyNumber({ key, ctrlKey, metaKey, altKey }) {
  if (altKey) return -1;
  const letter = key.length === 1 ? key.toLowerCase() : '';
  const control = ctrlKey || metaKey;
  if (control) return letter === 'z' ? NAMED_KEYS.length + 25 : -1;
  const named = NAMED_KEYS.indexOf(key);
  if (named >= 0) return named;
  const more = MORE_KEYS.indexOf(key === '=' ? '+' : key);
  if (more >= 0) return NAMED_KEYS.length + 26 + more;
  return letter && LETTERS.includes(letter) ? NAMED_KEYS.length + letter.charCodeAt(0) - 97 : -1;
}

const WRITES = 'input:not([type=range]), textarea, select, dialog, [popover], [contenteditable]';
const CONTROLS = 'a, button, input, summary';

/** Whether a key pressed on the element `from` is the playground's: texts and dialogs keep theirs, buttons and sliders those that they answer to. */
function isOurs(event) {
  const { target: from, key } = event;
  if (event.defaultPrevented || from.closest?.(WRITES)) return false;
  return !from.closest?.(CONTROLS) || (!key.startsWith('Arrow') && !['Home', ' ', 'Escape'].includes(key));
}

/**
 * Listens to pointers on `canvas`, and to keys wherever they are pressed in `page`; passes on to `ui` (the exports of ui.wasm).
 * `changed()` follows each event. → stop().
 */
export function listen(canvas, ui, changed, page = document) {
  const stopper = new AbortController();
  const hear = (where, type, handler, options = {}) => {
    where.addEventListener(type, (event) => { handler(event); changed(); }, { signal: stopper.signal, ...options });
  };
  const on = (...what) => hear(canvas, ...what);
  const isTouch = ({ pointerType }) => (pointerType === 'mouse' ? 0 : 1);
  const move = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    ui.ui_pointer_move(...at, isTouch(event));
    return at;
  };
  /** Whether Control and Shift are held: each event says so itself, so none is stuck. */
  const modifiers = ({ ctrlKey, metaKey, shiftKey }) => ui.ui_modifiers(Number(ctrlKey || metaKey), Number(shiftKey));
  canvas.style.touchAction = 'none';

  /** Two fingers pinch: what the first one held is let go without being pressed. */
  const fingers = new Map(); // pointer id → its latest event
  const spread = () => {
    const [a, b] = [...fingers.values()];
    const box = canvas.getBoundingClientRect();
    const apart = Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
    return { x: (a.clientX + b.clientX) / 2 - box.left, y: (a.clientY + b.clientY) / 2 - box.top, apart };
  };
  const pinching = () => fingers.size === 2;
  let primary = true; // the finger that is down has not pinched
  const lift = (event) => {
    fingers.delete(event.pointerId);
    if (fingers.size === 0) primary = true;
  };
  on('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    fingers.set(event.pointerId, event);
    if (!pinching()) return;
    primary = false;
    ui.ui_pointer_leave();
    ui.ui_pointer_button(0, 1);
  });
  on('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) return;
    if (!pinching()) {
      fingers.set(event.pointerId, event);
      return;
    }
    const before = spread();
    fingers.set(event.pointerId, event);
    const now = spread();
    ui.ui_pinch(now.x, now.y, now.x - before.x, now.y - before.y, now.apart / before.apart);
  });

  on('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId); // a drag never loses the pointer
    move(event);
    modifiers(event);
    ui.ui_pointer_button(1, isTouch(event));
  });
  on('pointermove', (event) => event.isPrimary && primary && move(event));
  // Browsers hold pointermove back until they are about to draw. Where they also tell at once, what lies there is decoded meanwhile.
  on('pointerrawupdate', (event) => event.pointerType === 'mouse' && event.buttons === 0 && ui.ui_pointer_comes(...move(event)));
  on('pointerup', (event) => {
    const pinched = !primary;
    lift(event);
    if (!event.isPrimary || event.button !== 0 || pinched) return;
    move(event);
    modifiers(event);
    ui.ui_pointer_button(0, isTouch(event));
    if (isTouch(event)) ui.ui_pointer_leave(); // fingers do not hover
  });
  on('pointercancel', (event) => {
    lift(event);
    if (!event.isPrimary) return;
    ui.ui_pointer_leave();
    ui.ui_pointer_button(0, isTouch(event));
  });
  on('pointerleave', () => ui.ui_pointer_leave());
  on('wheel', (event) => {
    if (event.ctrlKey) { // two fingers on a trackpad: the map's, elsewhere the browser's zoom
      const box = canvas.getBoundingClientRect();
      const apart = Math.exp(-event.deltaY / TRACKPAD_PX);
      if (ui.ui_pinch(event.clientX - box.left, event.clientY - box.top, 0, 0, apart)) event.preventDefault();
      return;
    }
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 / LINE_PX : event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 1 : 10;
    ui.ui_wheel(-event.deltaX * lines, -event.deltaY * lines);
  }, { passive: false });

  hear(page, 'keydown', (event) => {
    const key = keyNumber(event);
    if (key < 0 || !isOurs(event)) return;
    event.preventDefault();
    // Plus takes Shift on many keyboards.
    ui.ui_key(key, 1, Number(event.ctrlKey || event.metaKey), Number(event.shiftKey && key < NAMED_KEYS.length + 26));
    if (event.metaKey) ui.ui_key(key, 0, 0, 0); // macOS tells of no other key's end while Command is held
  });
  hear(page, 'keyup', (event) => {
    // Whatever was held with it: a key that goes up is up.
    const key = keyNumber({ key: event.key, ctrlKey: event.key.toLowerCase() === 'z' });
    if (key >= 0) ui.ui_key(key, 0, 0, 0);
  });
  hear(page.defaultView ?? page, 'blur', () => ui.ui_focus_lost());
  return () => stopper.abort();
}
