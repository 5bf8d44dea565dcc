// The drawn playground: ui.wasm behind an object that the page can use. It never decodes; it asks for pixels.
import { createControls } from './controls.mjs';
import { listen } from './ui-input.mjs';
import { drawText } from './ui-text.mjs';
import { COMMAND_NUMBERS, createRenderer } from './ui-renderer.mjs';

const PIXEL_BYTES = 4;
/** The priority of pictures that come when they come, see wasm/ui.h. */
const GALLERY = 2;
/** While the visitor looks from picture to picture, the many around them are shown along with those, or this much later. */
const LOOKING_MS = 100;
/** A lost context mostly comes back well within this. */
const RESTORED_MS = 3000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOf = (value) => (typeof value === 'string' ? encoder.encode(value) : value);

/** Calls into ui.wasm with texts and arrays. Memory may grow in any call, so views are made anew. */
function createCaller(exports) {
  const at = (pointer, bytes) => new Uint8Array(exports.memory.buffer, pointer, bytes);
  return {
    at,
    text: (pointer, bytes) => decoder.decode(at(pointer, bytes).slice()),
    answer: () => decoder.decode(at(exports.ui_text(), exports.ui_text_bytes()).slice()),
    /** Texts and Uint8Arrays in `args` become a pointer and a length, or only a pointer when wrapped in {id}. */
    call(name, ...args) {
      const blocks = [];
      const put = (bytes) => {
        const pointer = exports.ui_alloc(bytes.length);
        if (pointer === 0) throw new Error('The playground is out of memory.');
        blocks.push(pointer);
        at(pointer, bytes.length).set(bytes);
        return pointer;
      };
      const flat = args.flatMap((arg) => {
        if (typeof arg === 'number') return [arg];
        if (arg.id) return [put(fromHex(arg.id))];
        const bytes = bytesOf(arg);
        return [put(bytes), bytes.length];
      });
      const result = exports[name](...flat);
      for (const block of blocks) exports.ui_free(block);
      return result;
    },
    /** Pointer and count of `name(index, &count)`. */
    counted(name, index) {
      const count = exports.ui_alloc(PIXEL_BYTES);
      const pointer = exports[name](index, count);
      const length = new Int32Array(exports.memory.buffer, count, 1)[0];
      exports.ui_free(count);
      return [pointer, length];
    },
  };
}

/**
 * Opens the playground on `canvas`. `wasm` is the compiled ui.wasm, `manifest.models` the models to choose from ([{id, title, spec}],
 * `manifest.default` the first), `state` a link to begin with or null,
 * `strings` the visitor's language ({English: translation}) or null.
 * `decode({ticket, model, priority, n, latents: Int8Array [n, Z], mixes: Uint8Array [n, K]})` is answered with decoded() or failed();
 * `judge({ticket, model, n, pixels: Uint8Array [n, H, W, C], mixes})` with judged() or failed(); `cancel(ticket)` says that nobody waits. `host`: onState(link, state), copyText(text), onMessage(text), onScreenLost(whether it is, for seconds now), reducedMotion(), now().
 */
export async function startPlayground({ canvas, wasm, manifest, state: firstLink, strings, decode, judge, cancel, host }) {
  const renderer = createRenderer(canvas);
  let exports = null;
  let caller = null;
  let scheduled = 0;
  let timer = 0;
  let stopped = false;
  let width = 0;
  let height = 0;
  let scale = 0;
  let started = false;
  let controls = null;
  const urgent = new Set(); // tickets of pictures that are looked at
  let early = false; // a frame was drawn before the display asked for the next
  let looked = -Infinity; // when a picture that is looked at was last asked for

  const imports = {
    host: {
      host_create_texture: (w, h) => renderer.create(w, h),
      host_update_texture: (texture, x, y, w, h, rgba) => renderer.update(texture, x, y, w, h, caller.at(rgba, w * h * PIXEL_BYTES)),
      host_destroy_texture: (texture) => renderer.destroy(texture),
      host_now: () => host.now(),
      host_entropy: () => crypto.getRandomValues(new BigUint64Array(1))[0],
      host_reduced_motion: () => Number(host.reducedMotion()),
      host_copy: (text, bytes) => void host.copyText(new URL(caller.text(text, bytes), location.href).href),
      host_state_changed: () => started && host.onState(playground.link(), playground.state()),
      host_message: (text, bytes) => {
        if (!host.onMessage) return 0;
        host.onMessage(caller.text(text, bytes));
        return 1;
      },
      host_draw_text(text, bytes, emPx, strong, out) {
        const picture = drawText(caller.text(text, bytes), emPx, strong !== 0);
        if (!picture) return 0;
        const alpha = exports.ui_alloc(picture.alpha.length);
        if (alpha === 0) return 0;
        caller.at(alpha, picture.alpha.length).set(picture.alpha);
        new Float32Array(exports.memory.buffer, out, 5).set([picture.width, picture.height, picture.left, picture.top, picture.advance]);
        return alpha;
      },
      host_decode(ticket, model, priority, n, latents, latentsBytes, mixes, mixesBytes) {
        if (priority < GALLERY) {
          urgent.add(ticket >>> 0);
          looked = performance.now();
        }
        decode({
          ticket: ticket >>> 0,
          model: toHex(caller.at(model, 8)),
          priority,
          n,
          latents: new Int8Array(caller.at(latents, latentsBytes).slice().buffer),
          mixes: caller.at(mixes, mixesBytes).slice(),
        });
      },
      host_judge(ticket, model, n, pixels, pixelsBytes, mixes, mixesBytes) {
        judge({
          ticket: ticket >>> 0,
          model: toHex(caller.at(model, 8)),
          n,
          pixels: caller.at(pixels, pixelsBytes).slice(),
          mixes: caller.at(mixes, mixesBytes).slice(),
        });
      },
      host_cancel(ticket) {
        urgent.delete(ticket >>> 0);
        cancel(ticket >>> 0);
      },
    },
    env: { emscripten_notify_memory_growth: () => {} },
  };

  function drawLists() {
    const lists = Array.from({ length: exports.ui_draw_lists() }, (_, i) => {
      const [commands, count] = caller.counted('ui_draw_commands', i);
      const copied = new Float32Array(exports.memory.buffer, commands, count * COMMAND_NUMBERS).slice();
      return { commands: copied, vertices: caller.counted('ui_vertices', i), indices: caller.counted('ui_indices', i) };
    });
    // Only now, as any call may have grown the memory.
    const bytes = ([pointer, count], size) => caller.at(pointer, count * size);
    return lists.map(({ commands, vertices, indices }) => ({ commands, vertices: bytes(vertices, 20), indices: bytes(indices, 2) }));
  }

  function uploadFonts() {
    const size = exports.ui_alloc(2 * PIXEL_BYTES);
    const pixels = exports.ui_font_pixels(size, size + PIXEL_BYTES);
    const [w, h] = new Int32Array(exports.memory.buffer, size, 2);
    exports.ui_free(size);
    renderer.replace(exports.ui_font_texture(), w, h, caller.at(pixels, w * h * PIXEL_BYTES));
  }

  function frame() {
    scheduled = 0;
    if (stopped || scale === 0 || width < 1 || height < 1) return;
    exports.ui_frame(width, height);
    renderer.draw(drawLists(), width, height);
    controls?.drawn();
    schedule();
  }

  /** Asks for a frame when there is something to draw, `later` if it has time; otherwise nothing runs until the next event. */
  function schedule(later = 0) {
    if (scheduled || stopped) return;
    clearTimeout(timer);
    const ask = () => (scheduled = requestAnimationFrame(frame));
    const needed = exports.ui_needs_frame();
    if (needed && later <= 0) {
      ask();
      return;
    }
    const wait = needed ? later : exports.ui_wait_ms();
    if (wait >= 0) timer = setTimeout(ask, wait);
  }

  /** Draws a picture that is looked at when it comes, and not only when the display asks: that is a frame sooner. Once per frame. */
  function drawEarly() {
    if (early || document.hidden) {
      schedule();
      return;
    }
    early = true;
    requestAnimationFrame(() => (early = false));
    cancelAnimationFrame(scheduled);
    frame();
  }

  function resize() {
    const box = canvas.getBoundingClientRect();
    width = box.width;
    height = box.height;
    canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    renderer.resized();
    if (scale !== devicePixelRatio) {
      scale = devicePixelRatio;
      exports.ui_scale(scale);
      uploadFonts();
    }
    exports.ui_pointer_leave(); // wakes, and what was under the pointer has moved
    // The canvas was cleared by its new size: draw before the browser shows that.
    cancelAnimationFrame(scheduled);
    frame();
  }

  const instance = await WebAssembly.instantiate(wasm, imports);
  exports = instance.exports;
  caller = createCaller(exports);
  exports._initialize();
  renderer.start();
  const first = manifest.models.find(({ id }) => id === manifest.default);
  for (const model of [first, ...manifest.models.filter((other) => other !== first)]) {
    const { scale = 0, offset = 0 } = model.realism ?? {};
    if (!caller.call('ui_add_model', { id: model.id }, model.title || model.name, JSON.stringify(model.spec), Number(model.current), scale, offset)) {
      throw new Error(`Model ${model.name}: ${caller.answer()}`);
    }
  }
  if (strings && !caller.call('ui_set_strings', JSON.stringify(strings))) throw new Error(caller.answer());
  if (!exports.ui_start()) throw new Error(caller.answer());

  /** Runs `name` and asks for frames. → {ok, message}. */
  const act = (name, ...args) => {
    const ok = caller.call(name, ...args) !== 0;
    const message = ok ? '' : caller.answer();
    schedule();
    return { ok, message };
  };
  const titleOf = (id) => manifest.models.find((model) => model.id === id)?.title ?? id;

  const playground = {
    /** A link, with or without '#'. A bad one gives a message and the defaults. */
    open: (link) => act('ui_open', link),
    link() {
      exports.ui_link();
      return caller.answer();
    },
    state() {
      exports.ui_state();
      return JSON.parse(caller.answer());
    },
    /** The morph at `position`, 0..65535: {latent: [Z], mix: [K]}. Throws without a morph. */
    morphFrame(position) {
      if (!caller.call('ui_morph_frame', position)) throw new Error(caller.answer());
      return JSON.parse(caller.answer());
    },
    /**
     * What can be pressed or moved: [{name, label, kind: 'button' | 'toggle' | 'slider' | 'picture' | 'map', x, y, w, h, enabled, on}] in
     * CSS pixels of the canvas, w 0 where it is scrolled away; sliders have value, low, high and text too.
     */
    targets() {
      exports.ui_targets();
      return JSON.parse(caller.answer());
    },
    /** As if the target of this name were pressed, moved to `value`: one a frame, in this order. Looked for: in the next. */
    press: (name) => act('ui_press', name),
    slide: (name, value) => act('ui_slide', name, value),
    reveal: (name) => act('ui_reveal', name),
    /** The map and directions of model `id`: the file that `avae atlas` writes. */
    setAtlas: (id, bytes) => act('ui_set_atlas', { id }, bytes),
    setView: (name) => act('ui_set_view', name),
    setModel: (id) => act('ui_set_model', { id }),
    /** Makes a picture the sample: latent Int8Array [Z], mix Uint8Array [K]. `settled`: as a step of the history. */
    keep: (latent, mix, settled) => act('ui_keep', new Uint8Array(latent.buffer, latent.byteOffset, latent.length), mix, Number(settled)),
    /** The sample is a picture of the visitor's; `others` is how other models encode it: [{id, latent, mix}]. */
    ownPicture(others) {
      exports.ui_own_picture_begin();
      for (const { id, latent, mix } of others) {
        caller.call('ui_own_picture_of', { id }, new Uint8Array(latent.buffer, latent.byteOffset, latent.length), mix);
      }
      return act('ui_own_picture_end');
    },
    setClass: (index) => act('ui_set_class', index),
    setLatent: (dimension, value) => act('ui_set_latent', dimension, value),
    setPosition: (position) => act('ui_set_position', position),
    setTheme: (name) => act('ui_set_theme', Number(name === 'light')),
    command: (name) => act('ui_command', name),
    decoded(ticket, pixels) {
      caller.call('ui_decoded', ticket, pixels);
      if (urgent.delete(ticket)) drawEarly();
      else schedule(LOOKING_MS - (performance.now() - looked));
    },
    /** logits Float32Array [N] of a judge(). */
    judged: (ticket, logits) => act('ui_judged', ticket, new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength)),
    failed(ticket, message) {
      urgent.delete(ticket);
      act('ui_failed', ticket, message);
    },
    /** The weights of model `id` are others now, and it may be called `newId` from here on: everything is decoded again. */
    replaceModel: (id, spec, newId = id) => act('ui_replace_model', { id }, { id: newId }, titleOf(id), JSON.stringify(spec)),
    destroy() {
      stopped = true;
      clearTimeout(waited);
      cancelAnimationFrame(scheduled);
      clearTimeout(timer);
      stopListening();
      controls.destroy();
      observer.disconnect();
      ratio?.removeEventListener('change', ratioChanged);
    },
  };

  // The ratio changes without a resize when the window moves to another screen.
  let ratio = null;
  function ratioChanged() {
    resize();
    watchRatio();
  }
  function watchRatio() {
    ratio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    ratio.addEventListener('change', ratioChanged, { once: true });
  }
  let waited = 0; // since the context was lost
  let told = false; // the host, that it has not come back
  canvas.addEventListener('webglcontextlost', (event) => {
    event.preventDefault();
    clearTimeout(waited);
    waited = setTimeout(() => {
      told = true;
      host.onScreenLost(true);
    }, RESTORED_MS);
  });
  canvas.addEventListener('webglcontextrestored', () => {
    clearTimeout(waited);
    if (told) host.onScreenLost(false);
    told = false;
    renderer.start();
    uploadFonts();
    exports.ui_textures_lost();
    schedule();
  });

  if (firstLink) playground.open(firstLink);
  started = true;
  controls = createControls(canvas, playground);
  const stopListening = listen(canvas, exports, () => schedule());
  const observer = new ResizeObserver(resize);
  observer.observe(canvas);
  watchRatio();
  // The observer's first call draws the first frame, when the caller already holds the playground.
  return playground;
}
