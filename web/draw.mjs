// The visitor's own picture: drawn, dropped, pasted or opened, made as large and as grey as the model's, encoded, and kept as the
// sample. Pictures never leave this machine.
//
// Fetched once the playground is drawn, apart from the page's first module: so it brings its own elements and styles, and imports
// nothing that the page has state in.
import { isAnimated } from './animated.mjs';
import { hadLink, linkOf } from './png.mjs';

const STYLES = './draw.css';
const PANEL = `
  <p class="draw-none" id="draw-none" hidden>This model cannot read pictures: it has no encoder. Choose another model above.</p>
  <div class="draw-body" id="draw-body">
    <canvas class="pad" id="pad" width="280" height="280" role="img" aria-label="Drawing pad"></canvas>
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

const byId = (id) => document.getElementById(id);
const PAD_PIXELS = 320; // the pad's longer side, about
const MAX_FILE_BYTES = 64 << 20;
const MAX_PICTURE_PIXELS = 50e6;
const CLOSEST = -1;
const LONG_MS = 1000; // an answer that takes longer does not replace what the visitor has turned to meanwhile

/** What happened, and what to do `next`. */
const fault = (message, next) => Object.assign(new Error(message), { next });

/** The picture in `file`, upright; of an animation the first frame. Throws a fault. */
async function readPicture(file) {
  const name = file.name || 'The picture';
  const next = 'Choose a PNG, JPEG, WebP or GIF picture.';
  const none = () => {
    throw fault(`${name} is not a picture that this browser can read, or it is damaged.`, next);
  };
  if (file.size > MAX_FILE_BYTES) throw fault(`${name} is larger than 64 MB.`, 'Choose a smaller picture.');
  const url = URL.createObjectURL(file);
  try {
    // The element knows the size before all of it takes memory; the bitmap is refused when anything is missing.
    const image = new Image();
    image.src = url;
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject })).catch(none);
    const pixels = image.naturalWidth * image.naturalHeight;
    if (pixels > MAX_PICTURE_PIXELS) throw fault(`${name} has ${Math.round(pixels / 1e6)} megapixels; 50 are the most.`, 'Choose a smaller one.');
  } finally {
    URL.revokeObjectURL(url);
  }
  return createImageBitmap(file).catch(none);
}

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
 * `t(english)` and `translate(root)` speak the visitor's language, `link()` is that of what is on show, `openLink(link)` restores what a saved picture carries, or answers a fault,
 * `keep(latent, mix, settled)` makes that the sample, `openView()` brings the panel up, `complain(error)` shows {message, next}.
 * → {show(model, rect or null), picture()}.
 */
export function createDraw({ t, translate, encode, keep, link: linkNow, openLink, openView, complain }) {
  const panel = document.createElement('section');
  Object.assign(panel, { id: 'draw', className: 'draw', hidden: true, innerHTML: PANEL });
  translate(panel);
  panel.setAttribute('aria-label', t('Your own picture'));
  byId('stage').append(panel);
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
  let latest = null; // see picture()

  const say = (text) => (status.textContent = t(text));
  const nameOf = ({ spec }, index) => (spec.class_names?.[index] ? t(spec.class_names[index]) : t('class {}').replace('{}', index));
  const isGrey = () => model.spec.channels === 1;

  function clear() {
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = '#000';
    context.fillRect(0, 0, pad.width, pad.height);
    blank = true;
    photograph = false;
    byId('draw-invert').checked = false;
    seen.closest('figure').hidden = true;
    say('Draw here, or drop, paste or open a picture.');
  }

  function fit(next) {
    const before = model?.spec;
    model = next;
    const { width, height, classes, channels } = model.spec;
    factor = Math.max(1, Math.round(PAD_PIXELS / Math.max(width, height)));
    if (before && before.width === width && before.height === height && before.channels === channels && before.classes === classes) return;
    pad.width = width * factor;
    pad.height = height * factor;
    seen.width = width;
    seen.height = height;
    byId('draw-colour-label').hidden = channels === 1;
    const options = Array.from({ length: classes }, (_, i) => new Option(nameOf(model, i), i));
    byId('draw-class').replaceChildren(new Option(t('the closest'), CLOSEST), ...options);
    byId('draw-class-label').hidden = classes === 0;
    clear();
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
  async function update() {
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
    const before = linkNow();
    const began = performance.now();
    try {
      const pixels = pixelsNow();
      paintSeen(pixels);
      const answer = await encode(of, pixels, Number(byId('draw-class').value), say);
      // While the encoder was fetched the visitor may have gone on to something else.
      const goneOn = performance.now() - began > LONG_MS && linkNow() !== before;
      if (of === model && !blank && !panel.hidden && !goneOn) {
        const error = answer.error.toFixed(4);
        const name = of.spec.classes > 0 ? nameOf(of, answer.classIndex) : '';
        say(name ? `Read as ${name}, error ${error}. Shape it with the sliders.` : `Read, error ${error}. Shape it with the sliders.`);
        latest = { pixels, model: of.id, latent: answer.latent, classIndex: answer.classIndex };
        keep(answer.latent, answer.mix, keeps);
      }
    } catch (error) {
      status.textContent = `${t(error.message)} ${t(error.next ?? '')}`;
    }
    running = false;
    if (due) update();
  }

  function place(image) {
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

  async function take(file) {
    try {
      const bytes = file.size <= MAX_FILE_BYTES ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
      const link = linkOf(bytes);
      if (link !== null) {
        const wrong = await openLink(link); // a picture that this page saved: what it shows, exactly
        if (!wrong) return;
        complain(fault(`The link that this picture holds cannot be used: ${wrong.message}`, 'It is read like any other picture instead.'));
      } else if (hadLink(bytes)) {
        complain(fault('The link in this picture is damaged.', 'It is read like any other picture instead.'));
      } else if (isAnimated(bytes)) {
        complain(fault(`${file.name || 'The picture'} is animated.`, 'Its first picture is read.'));
      }
      const image = await readPicture(file);
      openView();
      place(image);
      image.close();
    } catch (error) {
      complain(error);
    }
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

  byId('draw-clear').addEventListener('click', clear);
  for (const id of ['draw-class', 'draw-invert']) {
    byId(id).addEventListener('change', () => {
      kept = true;
      update();
    });
  }
  byId('draw-open').addEventListener('click', () => byId('draw-file').click());
  byId('draw-file').addEventListener('change', ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = '';
  });

  // Dropped and pasted, wherever on the page.
  addEventListener('dragover', (event) => {
    if (![...event.dataTransfer.items].some(({ kind }) => kind === 'file')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('drop', (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  addEventListener('paste', (event) => {
    const [file] = event.clipboardData.files;
    if (!file) return;
    event.preventDefault();
    take(file);
  });

  return {
    /** The latest picture that was read, and what it became: {pixels, model, latent, classIndex}; null before that. */
    picture: () => latest,
    /** Shows the panel over `rect` ({x, y, w, h} of the stage), for `next`; hides it without a rect. */
    show(next, rect) {
      if (model !== next) fit(next);
      const encodes = Boolean(next.encoder);
      panel.hidden = !rect;
      byId('draw-body').hidden = !encodes;
      byId('draw-none').hidden = encodes;
      if (!rect) return;
      for (const [side, value] of [['left', rect.x], ['top', rect.y], ['width', rect.w], ['height', rect.h]]) panel.style[side] = `${value}px`;
    },
    /** The visitor has chosen the model `next`: it reads what is on the pad for itself. */
    readAgain(next) {
      if (panel.hidden || !next.encoder) return;
      if (model !== next) fit(next);
      kept = true;
      update();
    },
  };
}
