// The visitor's own picture: drawn or given, made as large and as grey as the model's, encoded, and kept as the sample. Pictures never
// leave this machine.
//
// Fetched once the playground is drawn, apart from the page's first module: so it brings its own elements and styles, and imports
// nothing that the page has state in.

const STYLES = './draw.css';
const PANEL = `
  <p class="draw-none" id="draw-none" hidden>This model cannot read pictures: it has no encoder. Choose another model above.</p>
  <div class="draw-body" id="draw-body">
    <canvas class="pad" id="pad" width="280" height="280" tabindex="0" role="application"
      aria-label="Drawing pad: the arrow keys move the pen, space puts it down and lifts it"></canvas>
    <span class="pad-pen" id="pad-pen" hidden></span>
    <div class="draw-tools">
      <p id="draw-status" role="status" aria-live="polite">Draw here, or drop, paste or open a picture.</p>
      <div class="draw-row">
        <button type="button" class="primary" id="draw-open">Open a picture…</button>
        <button type="button" id="draw-clear">Clear</button>
        <input type="file" id="draw-file" accept="image/*" hidden>
      </div>
      <label class="draw-row"><span>Pen</span> <input type="range" id="draw-pen" min="1" max="6" step="0.5" value="2"></label>
      <div class="draw-row">
        <label id="draw-colour-label" hidden><span>Colour</span> <input type="color" id="draw-colour" value="#ffffff"></label>
        <label><input type="checkbox" id="draw-erase"> <span>Eraser</span></label>
        <label><input type="checkbox" id="draw-invert"> <span>Invert</span></label>
      </div>
      <label class="draw-row" id="draw-class-label"><span>Read as</span> <select id="draw-class"></select></label>
      <figure class="draw-row" hidden><canvas class="seen" id="draw-seen" width="28" height="28" role="img" aria-label="What the model sees"></canvas>
        <figcaption>what the model sees; what it makes of it is the sample</figcaption></figure>
    </div>
  </div>`;

const HINT = 'Draw here, or drop, paste or open a picture.';
const byId = (id) => document.getElementById(id);
const PAD_PIXELS = 320; // the pad's longer side, about
const CLOSEST = -1;
const STRIDE = 4; // pixels of the model that the pen goes at a key press with Shift
const MAX_REMEMBERED = 12;

/** Mean of each `factor` x `factor` box of RGBA `pixels` [H f, W f] → Uint8Array [H, W, C]. */
export function boxMeans(pixels, { width, height, channels }, factor) {
  const out = new Uint8Array(width * height * channels);
  const sums = new Float64Array(3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      sums.fill(0);
      for (let dy = 0; dy < factor; dy += 1) {
        let at = 4 * ((y * factor + dy) * width * factor + x * factor);
        for (let dx = 0; dx < factor; dx += 1, at += 4) for (let c = 0; c < 3; c += 1) sums[c] += pixels[at + c];
      }
      const [red, green, blue] = sums.map((sum) => sum / factor ** 2);
      const at = (y * width + x) * channels;
      if (channels === 3) out.set([red, green, blue].map(Math.round), at);
      else out[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue); // as avae reconstruct weighs them
    }
  }
  return out;
}

/** Stretches grey `pixels` so that what lies at the edge is black and the brightest is white: photographs are never either. */
export function stretchLight(pixels, spec) {
  const low = 255 * edgeLight(pixels, spec);
  const high = pixels.reduce((most, value) => Math.max(most, value), 0);
  if (high - low < 32) return;
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = Math.round((255 * Math.max(0, pixels[i] - low)) / (high - low));
}

/** Light at the picture's edge, 0..1: tells pictures on white from pictures on black. */
export function edgeLight(pixels, { width, height, channels }) {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
      for (let c = 0; c < channels; c += 1) sum += pixels[(y * width + x) * channels + c];
      count += channels;
    }
  }
  return sum / (255 * count);
}

/**
 * `encode(model, pixels, classIndex or -1)` → {latent, mix, classIndex, error} (fetches the encoder when first asked),
 * `t(english)` and `translate(root)` speak the visitor's language, `sample()` is a text that stands for the sample on show,
 * `keep(latent, mix, settled)` makes a picture the sample, `openFile(file)` opens the one that was chosen.
 * → {show(model, rect or null), place(bitmap), picture(), canRead(model), readAgain(model)}.
 */
export function createDraw({ t, translate, encode, keep, sample, openFile }) {
  const panel = document.createElement('section');
  Object.assign(panel, { id: 'draw', className: 'draw', hidden: true, innerHTML: PANEL });
  translate(panel);
  panel.setAttribute('aria-label', t('Your own picture'));
  byId('play').after(panel); // before the drawn controls, so that Tab comes to the pad first
  document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL(STYLES, import.meta.url) }));
  const pad = byId('pad');
  const context = pad.getContext('2d', { willReadFrequently: true });
  const seen = byId('draw-seen');
  const status = byId('draw-status');
  let model = null;
  let factor = 1;
  let blank = true;
  let photograph = false; // what is on the pad was opened, and is not of the model's own making
  let running = false; // an encoding is under way
  let due = false; // and the picture has changed since
  let kept = false; // the latest one is to be kept as a step of the history
  let replaces = ''; // the sample that the pad's latest change is to take the place of
  let latest = null; // see picture()
  const remembered = new Map(); // sample → the pad that it came from
  let followed = ''; // the sample whose pad is on show
  let cleared = null; // what was on the pad before it was cleared

  const say = (text) => (status.textContent = t(text));
  const nameOf = ({ spec }, index) => (spec.class_names?.[index] ? t(spec.class_names[index]) : t('class {}').replace('{}', index));
  const isGrey = () => model.spec.channels === 1;

  const offerClear = () => (byId('draw-clear').textContent = t(cleared ? 'Bring back' : 'Clear'));

  /** All that the pad is now, to be put back by putBack(). */
  const padNow = () => ({
    image: context.getImageData(0, 0, pad.width, pad.height),
    blank,
    photograph,
    inverted: byId('draw-invert').checked,
    of: byId('draw-class').value,
    said: status.textContent,
  });
  function putBack(before) {
    context.putImageData(before.image, 0, 0);
    ({ blank, photograph } = before);
    byId('draw-invert').checked = before.inverted;
    byId('draw-class').value = before.of;
    status.textContent = before.said;
    seen.closest('figure').hidden = blank;
    if (!blank) paintSeen(pixelsNow());
    cleared = null;
    offerClear();
  }
  /** The sample on show came from the pad as it is: undo and redo bring both back. */
  function remember() {
    followed = sample();
    remembered.delete(followed);
    remembered.set(followed, padNow());
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value);
  }
  /** Something is about to be put on the pad. */
  function change() {
    if (!remembered.has(sample())) remember();
    cleared = null;
    offerClear();
  }

  function clear() {
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = '#000';
    context.fillRect(0, 0, pad.width, pad.height);
    blank = true;
    photograph = false;
    byId('draw-invert').checked = false;
    seen.closest('figure').hidden = true;
    say(HINT);
  }

  /** Whether the pad serves that model as it is. */
  const fits = ({ spec }) => Boolean(model) && ['width', 'height', 'channels', 'classes'].every((name) => spec[name] === model.spec[name]);
  function fit(next) {
    const same = fits(next);
    const named = String(model?.spec.class_names) === String(next.spec.class_names);
    model = next;
    const { width, height, classes, channels } = model.spec;
    factor = Math.max(1, Math.round(PAD_PIXELS / Math.max(width, height)));
    if (!same || !named) {
      const options = Array.from({ length: classes }, (_, i) => new Option(nameOf(model, i), i));
      byId('draw-class').replaceChildren(new Option(t('the closest'), CLOSEST), ...options);
    }
    if (same) return;
    pad.width = width * factor;
    pad.height = height * factor;
    pad.style.setProperty('--shape', width / height);
    seen.width = width;
    seen.height = height;
    byId('draw-colour-label').hidden = channels === 1;
    byId('draw-class-label').hidden = classes === 0;
    clear();
    remembered.clear();
    cleared = null;
    offerClear();
  }

  function pixelsNow() {
    const { data } = context.getImageData(0, 0, pad.width, pad.height);
    const pixels = boxMeans(data, model.spec, factor);
    if (byId('draw-invert').checked) for (let i = 0; i < pixels.length; i += 1) pixels[i] = 255 - pixels[i];
    if (photograph && isGrey()) stretchLight(pixels, model.spec);
    return pixels;
  }

  function paintSeen(pixels) {
    const { width, height, channels } = model.spec;
    const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let i = 0; i < width * height; i += 1) for (let c = 0; c < 3; c += 1) rgba[4 * i + c] = pixels[i * channels + (c % channels)];
    seen.closest('figure').hidden = false;
    seen.getContext('2d').putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  /** Encodes what is on the pad; while one encoding runs, the newest wish waits. */
  function update() {
    replaces = sample();
    read();
  }
  async function read() {
    if (!model || blank) return;
    if (running) {
      due = true;
      return;
    }
    running = true;
    due = false;
    const keeps = kept;
    kept = false;
    const of = model;
    try {
      const pixels = pixelsNow();
      paintSeen(pixels);
      const answer = await encode(of, pixels, Number(byId('draw-class').value), (text) => blank || say(text));
      // While the encoder was fetched the visitor may have gone on to something else.
      const goneOn = of !== model || sample() !== replaces;
      if (goneOn && !blank) say(HINT);
      if (goneOn) due = kept = false;
      if (!blank && !goneOn) {
        const error = answer.error.toFixed(4);
        const name = of.spec.classes > 0 ? nameOf(of, answer.classIndex) : '';
        say(name ? `Read as ${name}, error ${error}. Shape it with the sliders.` : `Read, error ${error}. Shape it with the sliders.`);
        latest = { pixels, model: of.id, latent: answer.latent, classIndex: answer.classIndex };
        keep(answer.latent, answer.mix, keeps);
        replaces = sample();
        if (keeps) remember();
      }
    } catch (error) {
      if (!blank) status.textContent = `${t(error.message)} ${t(error.next ?? '')}`;
    }
    running = false;
    if (due) read();
  }

  function place(image) {
    change();
    const { width, height } = image;
    const scale = Math.max(pad.width / width, pad.height / height);
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = '#fff'; // transparent pictures are laid on white, as data sets are
    context.fillRect(0, 0, pad.width, pad.height);
    context.imageSmoothingEnabled = scale < 1; // enlarged pixels stay squares: their means are what they were
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, (pad.width - width * scale) / 2, (pad.height - height * scale) / 2, width * scale, height * scale);
    blank = false;
    photograph = false;
    byId('draw-invert').checked = false;
    // Grey models learn from things on black; photographs mostly have them on white.
    byId('draw-invert').checked = isGrey() && edgeLight(pixelsNow(), model.spec) > 0.5;
    photograph = width !== model.spec.width || height !== model.spec.height;
    kept = true;
    update();
  }

  // Strokes.
  let pen = null; // pointerId of the one that draws
  let from = null;
  const pointOf = (event) => {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * pad.width, ((event.clientY - box.top) / box.height) * pad.height];
  };
  function stroke(to) {
    const erasing = byId('draw-erase').checked;
    // What the pen draws is bright to the model, also where the picture is turned over.
    const bright = byId('draw-invert').checked ? '#000' : '#fff';
    const dark = byId('draw-invert').checked ? '#fff' : '#000';
    context.strokeStyle = erasing ? dark : isGrey() ? bright : byId('draw-colour').value;
    context.lineWidth = Number(byId('draw-pen').value) * factor;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    from = to;
    blank = false;
    update();
  }
  pad.addEventListener('pointerdown', (event) => {
    if (pen !== null || event.button !== 0 || !model) return;
    pen = event.pointerId;
    pad.setPointerCapture(pen);
    lift();
    at = null; // the ring is for keys
    placeRing();
    change();
    from = pointOf(event);
    stroke(from);
  });
  pad.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pen) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(pointOf(each));
  });
  for (const type of ['pointerup', 'pointercancel']) {
    pad.addEventListener(type, (event) => {
      if (event.pointerId !== pen) return;
      pen = null;
      kept = true;
      update();
    });
  }

  // The same by keys: a ring shows where the pen is.
  let at = null; // of the pen, in pad pixels; null until a key moves it
  let down = false;
  function placeRing() {
    const ring = byId('pad-pen');
    ring.hidden = at === null || document.activeElement !== pad;
    if (ring.hidden) return;
    const scale = pad.clientWidth / pad.width;
    const side = Math.max(10, Number(byId('draw-pen').value) * factor * scale);
    ring.classList.toggle('down', down);
    Object.assign(ring.style, { left: `${pad.offsetLeft + at[0] * scale}px`, top: `${pad.offsetTop + at[1] * scale}px`, width: `${side}px`, height: `${side}px` });
  }
  function lift() {
    if (!down) return;
    down = false;
    kept = true;
    update();
  }
  pad.addEventListener('keydown', (event) => {
    const { key, shiftKey, altKey, ctrlKey, metaKey } = event;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (!model || altKey || ctrlKey || metaKey || !(way || key === ' ' || (key === 'Escape' && down))) return;
    event.preventDefault();
    at ??= [pad.width / 2, pad.height / 2];
    if (way) {
      const step = factor * (shiftKey ? STRIDE : 1);
      const to = [pad.width, pad.height].map((end, i) => Math.max(0, Math.min(end, at[i] + step * way[i])));
      from = at;
      at = to;
      if (down) stroke(to);
    } else if (down) {
      say('The pen is up: space puts it down.');
      lift();
    } else if (key === ' ' && !event.repeat) {
      change();
      say('The pen is down: the arrow keys draw, space lifts it.');
      down = true;
      from = at;
      stroke(at);
    }
    placeRing();
  });
  pad.addEventListener('focus', () => {
    // Who came by the keyboard is told how.
    if (pad.matches(':focus-visible') && blank) say('The arrow keys move the pen, space puts it down and lifts it.');
    placeRing();
  });
  pad.addEventListener('blur', () => {
    lift();
    placeRing();
  });

  byId('draw-clear').addEventListener('click', () => {
    if (cleared) {
      putBack({ ...cleared, of: byId('draw-class').value });
      kept = true;
      update();
    } else if (!blank) {
      const before = padNow();
      clear();
      cleared = before;
      offerClear();
    }
  });
  for (const id of ['draw-class', 'draw-invert']) {
    byId(id).addEventListener('change', () => {
      kept = true;
      update();
    });
  }
  // A finger that scrolls the panel may begin on the pen's slider.
  const size = byId('draw-pen');
  let sizeBefore = size.value;
  size.addEventListener('pointerdown', () => (sizeBefore = size.value));
  size.addEventListener('pointercancel', () => (size.value = sizeBefore));
  byId('draw-open').addEventListener('click', () => byId('draw-file').click());
  byId('draw-file').addEventListener('change', ({ target }) => {
    if (target.files[0]) openFile(target.files[0]);
    target.value = '';
  });

  return {
    /** The latest picture that was read, and what it became: {pixels, model, latent, classIndex}; null before that. */
    picture: () => latest,
    place,
    /** Shows the panel over `rect` ({x, y, w, h} of the stage), for `next`; hides it without a rect. */
    show(next, rect) {
      if (model !== next) fit(next);
      const encodes = Boolean(next.encoder);
      panel.hidden = !rect;
      byId('draw-body').hidden = !encodes;
      byId('draw-none').hidden = encodes;
      if (!rect) return;
      // Undone or redone: the pad goes along.
      const now = sample();
      if (now !== followed && !running && pen === null && !down) {
        followed = now;
        if (remembered.has(now)) putBack(remembered.get(now));
        else say(HINT); // what was read is no longer on show
      }
      for (const [side, value] of [['left', rect.x], ['top', rect.y], ['width', rect.w], ['height', rect.h]]) panel.style[side] = `${value}px`;
    },
    /** Whether there is something on the pad that the model `next` can read. */
    canRead: (next) => !panel.hidden && !blank && Boolean(next.encoder) && fits(next),
    /** The visitor has chosen the model `next`, which can: it reads what is on the pad for itself. */
    readAgain(next) {
      if (model !== next) fit(next);
      kept = true;
      update();
    },
  };
}
