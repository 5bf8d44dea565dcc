// The page from its first byte: manifest, core, first sample, playground.
import { createAccessibleLayer } from './a11y.mjs';
import { createAddress, read, urlOf } from './address.mjs';
import { installApi } from './api.mjs';
import { createBasicPlayground } from './basic.mjs';
import { copyText } from './clipboard.mjs';
import { createCodec } from './codec.mjs';
import { compileCore } from './core-loader.mjs';
import { PageError, asPageError } from './errors.mjs';
import { transferOf } from './files.mjs';
import { createHeader } from './header.mjs';
import { fetchManifest, siteFile } from './manifest.mjs';
import { SPEC_FIELDS, UNSTABLE, createModels, isStable } from './models.mjs';
import { listenForPictures } from './incoming.mjs';
import { clearNotice, dropNotice, passNotice, queueNotice, showNotice } from './notice.mjs';
import { keepOffline, keptOf } from './offline.mjs';
import { drawPixels } from './picture.mjs';
import { startFullPlayground } from './playground.mjs';
import { createPool } from './pool.mjs';
import { createProgress, formatBytes } from './progress.mjs';
import { worthAnotherTry } from './retry.mjs';
import { hasSimd, hasWebGl2 } from './simd.mjs';
import { LANGUAGES, preferredLanguage, rememberLanguage, speak, strings, t, translate } from './strings.mjs';

const noWorkers = () => new PageError('This browser cannot run the model: it allows no workers.', 'Another browser or a private window may.');
document.body.classList.add('started');
const byId = (id) => document.getElementById(id);
const setPhase = (phase) => (document.body.dataset.phase = phase);
const cannotRead = () => new PageError('Pictures of your own cannot be read: a part of the page cannot be fetched.', 'Reload to try again.');
const setUp = new URLSearchParams(location.search);
const embedded = setUp.get('embed') === '1';
/** An embedded morph plays by itself unless it is told not to, by its address or by the visitor's system. */
const plays = embedded && setUp.get('paused') !== '1' && !matchMedia('(prefers-reduced-motion: reduce)').matches;

function showProgress({ loaded, total, part }) {
  byId('loading').hidden = total === 0;
  byId('loading').firstElementChild.style.transform = `scaleX(${part})`;
  byId('loading').setAttribute('aria-valuenow', String(Math.round(100 * part)));
  const sizes = { loaded: formatBytes(loaded), total: formatBytes(total) };
  byId('loading-text').textContent = total ? t('Loading {loaded} of {total}', sizes) : t('Loading from this device…');
}

/** A text that stands for the sample of `state`. */
const sampleOf = ({ model, latent, mix }) => `${model} ${latent} ${mix}`;

const screenLost = new PageError('The graphics card has dropped the picture and does not take a new one.', 'Reloading shows it as it was.');
/** Whether the browser has dropped what the playground draws on, and gives nothing new. */
function onScreenLost(lost) {
  if (lost) showNotice(screenLost, { label: 'Reload', run: () => location.reload() });
  else dropNotice(screenLost);
}

/** Offers the language that is not spoken. */
function offerLanguage() {
  const other = preferredLanguage() === 'en' ? 'zh' : 'en';
  const button = byId('language');
  Object.assign(button, { textContent: LANGUAGES[other], lang: other, hidden: embedded });
  button.addEventListener('click', () => {
    rememberLanguage(other);
    const url = new URL(location.href);
    if (url.searchParams.has('lang')) url.searchParams.set('lang', other);
    history.replaceState(history.state, '', url);
    location.reload();
  });
}

async function boot(begun, spoken, takePictures) {
  if (!hasSimd()) {
    const next = 'Chrome 97, Firefox 114, Safari 16.4 and later can.';
    throw new PageError('This browser cannot run the model: it lacks WebAssembly SIMD.', next);
  }
  if (typeof Worker !== 'function') throw noWorkers();
  const progress = createProgress(showProgress);
  const manifest = await fetchManifest();
  const drawable = hasWebGl2();
  const spawn = () => {
    try {
      return new Worker(new URL('./core-worker.mjs', import.meta.url), { type: 'module' });
    } catch {
      throw noWorkers();
    }
  };
  const pool = createPool({ spawn, start: compileCore(manifest, progress).then((module) => ({ module })) });
  const hasGallery = manifest.files.some(({ path }) => path === 'gallery.html');
  byId('gallery-link').hidden = !hasGallery || embedded;
  const models = createModels({ manifest, pool, progress });
  const defaultFirst = () => [models.find(manifest.default), ...models.list().filter(({ id }) => id !== manifest.default)];
  const codec = createCodec(pool.call, models.find);
  const several = models.comparable(manifest.default).length > 1 && !embedded;
  const kept = new Map(); // path → whether it was on this device before it was asked for
  /** Announces what the first view fetches, with the decoders of `drawn`: less what is on this device. */
  async function announce(drawn) {
    const programs = ['core.wasm', ...(drawable ? ['ui.wasm'] : [])].map((name) => siteFile(manifest, name));
    const files = [...programs, ...drawn.map(({ decoder }) => decoder)].map(transferOf);
    const asked = files.map(({ path }) => path).filter((path) => !kept.has(path));
    const found = await keptOf(asked);
    for (const path of asked) kept.set(path, found.includes(path));
    progress.expect(files.filter(({ path }) => !kept.get(path)));
  }
  // Which model a link is for is known once the core has read it; until then it counts as the default one.
  const announced = announce(several && !read() ? models.comparable(manifest.default) : [models.find(manifest.default)]);
  announced.catch(() => {}); // what the site lacks shows when it is used
  if (!read()) announced.then(() => models.ensure(manifest.default)).catch(() => {}); // beside the core

  let playground = null;
  let painted = false; // a first sample is on show
  let views = [];
  let text = '';

  const pixelsOf = async ({ model, latent, mix }) => {
    const { spec } = models.find(model);
    await models.ensure(model);
    return { spec, pixels: await pool.decode({ model, priority: 0, n: 1, latents: latent, mixes: mix }) };
  };
  /** What the current link stands for, decoded anew. */
  const currentPixels = async () => {
    const { state } = await codec.open(playground.link());
    return pixelsOf(state);
  };
  /** Runs an action of the visitor; a fault becomes a message. */
  const attempt = async (action) => {
    try {
      const answer = await action();
      if (answer?.ok === false) showNotice(new PageError(answer.message));
    } catch (error) {
      showNotice(asPageError(error));
    }
  };

  let standIn = ''; // the link of what is shown for a model that cannot be fetched
  let wish = 0; // counts what the visitor has asked for: models that come too late are not shown

  const hasMorph = () => playground.state().morph?.count > 1;
  /** No frame has room for a pad. */
  function leavePad() {
    if (embedded && playground.state().view === 'draw') playground.setView(hasMorph() ? 'morph' : 'shape');
  }

  async function open(link) {
    const mine = ++wish;
    let fault = null;
    const meanwhile = { ok: false, message: 'Another link or model was opened meanwhile.' };
    const opened = await codec.open(link).catch((error) => void (fault = error));
    if (opened && painted) {
      // Without its decoder there is nothing to show: what is there stays.
      await models.ensure(opened.model.id).catch((error) => (fault = error));
      if (mine !== wish) return meanwhile;
      if (fault) {
        showNotice(fault);
        return { ok: false, message: fault.message };
      }
    }
    const began = playground;
    let answer = await began.open(link); // shows the defaults when the link is bad
    if (mine !== wish) return meanwhile;
    if (began !== playground) answer = await playground.open(link);
    const { ok, message, next } = answer;
    if (ok && !fault) painted && clearNotice(); // before that nothing was said of what is asked now
    else showNotice(fault ?? new PageError(message, next));
    leavePad();
    // What stands in for a model that cannot be fetched leaves the visitor's link in the address: reloading may bring it.
    standIn = opened && !painted && !ok ? playground.link() : '';
    if (standIn) address.write(read());
    else if (isStable(playground.state())) address.write(playground.link()); // also when that was on show before
    return { ok, message: fault?.message ?? message };
  }

  const copyLink = (url) => (isStable(playground.state()) ? copyText(url) : showNotice({ message: UNSTABLE }));

  const address = createAddress((link) => painted && (link ? open(link) : address.write(playground.link())));
  const header = createHeader({
    setModel: (id) =>
      attempt(async () => {
        const mine = ++wish;
        await models.ensure(id);
        if (mine !== wish) return {};
        const next = models.find(id);
        const reads = draw?.canRead(next);
        if (reads) holdStep(); // the choice and the reading are one
        const answer = playground.setModel(id);
        if (reads && answer.ok) draw.readAgain(next);
        return answer;
      }),
    model: () => playground.state().model,
    setView: (name) => attempt(() => playground.setView(name)),
    command: (name) => attempt(() => playground.command(name)),
  });
  const layer = createAccessibleLayer({
    setClass: (index) => attempt(() => playground.setClass(index)),
    random: () => attempt(() => playground.command('random')),
  });
  const shared = async () => ({ link: playground.link(), text, ...(await currentPixels()) });
  let share = null;
  /** The share panel, fetched once; a fault is not kept. */
  async function sharePanel() {
    share ??= import('./share.mjs').then(({ createShare }) => createShare({ t, translate, hasGallery, current: shared, playground: () => playground, models, pool, complain: (error) => showNotice(asPageError(error)) }));
    return share.catch(() => {
      share = null;
      throw new PageError('The share panel cannot be opened: a part of the page cannot be fetched.', 'Try again when there is a network.');
    });
  }
  for (const button of document.querySelectorAll('[data-share]')) button.addEventListener('click', () => attempt(async () => (await sharePanel()).open()));

  /** Fetches the map of the model on show, once; the full playground draws it. */
  const charted = new Set();
  async function chart(model) {
    if (!model.atlas || charted.has(model.id)) return;
    charted.add(model.id);
    for (let tries = 0; ; tries += 1) {
      const atlas = await models.atlas(model.id).catch((error) => {
        if (tries === 0) queueNotice(new PageError(`The map of ${model.title} cannot be shown: ${error.message}`, 'It comes when its file does.'));
        return null;
      });
      if (atlas) {
        const { ok, message } = playground.setAtlas(model.id, atlas);
        if (!ok) queueNotice(new PageError(`The map of ${model.title} cannot be used: ${message}.`, 'Publish the site again.'));
        return;
      }
      await worthAnotherTry(tries);
    }
  }

  let draw = null;
  /** What is on show is one step with the picture that is kept next. */
  function holdStep() {
    const { latent, mix } = playground.state();
    playground.keep(Int8Array.from(latent), Uint8Array.from(mix), false);
  }
  takePictures((file) => attempt(() => takeFile(file)));
  async function takeFile(file) {
    clearNotice();
    const { takePicture } = await import('./picture-file.mjs').catch(() => {
      throw cannotRead();
    });
    await takePicture(file, {
      /** Shows what a saved picture's link stands for. Where it is not for this site, nothing changes: → the fault. */
      openLink: (link) => codec.open(link).then(() => void open(link), (error) => error),
      model: draw && models.find(playground.state().model),
      place(image) {
        playground.setView('draw');
        draw.place(image);
      },
      complain: (error) => showNotice(asPageError(error)),
    });
  }
  /** The drawing panel lies where the playground leaves room for it. */
  const placeDraw = () => {
    if (!draw) return;
    const state = playground.state();
    const model = models.find(state.model);
    if (model) draw.show(model, state.view === 'draw' ? (state.carpet ?? null) : null);
  };

  let opened = null; // the openings of the models that share one, by id
  async function readOpenings() {
    const sharing = models.comparable(manifest.default).filter(({ opening }) => opening);
    if (sharing.length < 2) return;
    const states = await Promise.all(sharing.map(({ opening }) => codec.open(opening).then(({ state }) => state)));
    opened = new Map(states.map((state) => [state.model, state]));
  }
  /** The picture that the site opens with is on show: the other models have their own latents of it. */
  function compareOpening(state, drawn = playground) {
    const own = opened?.get(state.model);
    if (!own || sampleOf(own) !== sampleOf(state)) return;
    const others = [...opened].filter(([id]) => id !== state.model);
    drawn.ownPicture?.(others.map(([id, { latent, mix }]) => ({ id, latent: Int8Array.from(latent), mix: Uint8Array.from(mix) })));
  }

  let comparedOwn = null;
  /** The visitor's own picture is on show beside other models: they read it too, or look for the nearest that they draw. */
  async function compareOwn(state) {
    const picture = draw?.picture();
    const isShown = ({ model, latent }) => picture?.model === model && String(picture.latent) === String(latent);
    if (picture === comparedOwn || !isShown(state)) return;
    comparedOwn = picture;
    const others = models.readers(state.model);
    try {
      const answers = await Promise.all(others.map(({ id }) => models.encode(id, picture.pixels, picture.classIndex)));
      if (!isShown(playground.state())) return;
      playground.ownPicture(others.map(({ id }, i) => ({ id, ...answers[i] })));
    } catch (error) {
      showNotice(asPageError(error));
      await worthAnotherTry();
      if (comparedOwn === picture) comparedOwn = null;
    }
  }

  let shownLink = '';
  const onState = (link, state) => {
    const model = models.find(state.model);
    if (!model) return;
    if (playground.setAtlas) chart(model);
    placeDraw();
    requestAnimationFrame(() => requestAnimationFrame(placeDraw)); // a new view's rectangles are known once it was drawn
    header.setModels(models.offered(), model);
    header.show(state, models.comparable(state.model).length > 1 ? views : views.filter((view) => view !== 'compare'));
    if (state.view === 'compare') compareOpening(state);
    if (state.view === 'compare') compareOwn(state);
    text = layer.show(state, model);
    document.title = `${model.title} · AVAE`;
    if (link !== shownLink && !state.playing) passNotice();
    shownLink = link;
    if (!isStable(state)) return;
    if (link !== standIn) {
      standIn = '';
      address.write(link);
    }
    for (const way of waysOut) way.href = urlOf(link);
  };

  await spoken;

  // First paint: the core alone.
  const basic = createBasicPlayground({
    codec,
    models: defaultFirst,
    decode: async (state) => {
      await announced;
      if (!painted) await announce(state.view === 'compare' ? models.comparable(state.model) : [models.find(state.model)]);
      return (await pixelsOf(state)).pixels;
    },
    paint: (pixels, model) => drawPixels(byId('sample'), pixels, model.spec),
    onState: (link, state) => playground === basic && onState(link, state),
  });
  playground = basic;
  views = ['shape'];
  await readOpenings().catch((error) => queueNotice(asPageError(error)));
  const asked = read();
  if (asked) {
    await open(asked);
  } else {
    const opening = several && opened?.has(manifest.default) && models.find(manifest.default).opening;
    const began = opening ? await basic.open(opening) : await basic.start(several ? 'compare' : 'shape');
    if (!began.ok) showNotice(began);
  }
  painted = true;
  begun({
    link: () => {
      const link = playground.link();
      return link && isStable(playground.state()) ? link : '';
    },
    open,
    pixels: currentPixels,
    hash: models.hash,
    models: () =>
      models.list().map(({ id, name, title, current, spec }) => {
        const numbers = Object.fromEntries(SPEC_FIELDS.map((field) => [field, spec[field] ?? 0]));
        return { id, name, title, current, ...numbers, class_names: spec.class_names };
      }),
  });
  document.body.classList.add('painted');
  if (read() && ![asked, basic.link()].includes(read())) open(read()); // it was changed meanwhile
  sharePanel().catch(() => {}); // tried again when it is asked for

  // Then the playground around it.
  if (drawable) {
    const began = basic.link();
    const full = await startFullPlayground({
      canvas: byId('play'), manifest, models, pool, progress, link: began, strings: strings(), onState, copyText: copyLink,
      onMessage: (message) => showNotice({ message }), onScreenLost, prepare: (drawn) => compareOpening(drawn.state(), drawn),
    }).catch((error) => {
      queueNotice({ message: error.message, next: 'You can still choose a class and draw samples. Reload to try again.' });
      return null;
    });
    if (full) {
      if (basic.link() !== began) await full.open(basic.link()); // what was asked for meanwhile
      playground = full;
      views = ['shape', 'map', 'draw', 'morph', 'compare'];
      basic.destroy();
      try {
        const { createDraw } = await import('./draw.mjs');
        draw = createDraw({
          t,
          translate,
          encode: ({ id }, ...picture) => models.encode(id, ...picture),
          keep: full.keep,
          sample: () => sampleOf(full.state()),
          openFile: (file) => attempt(() => takeFile(file)),
        });
      } catch {
        views = views.filter((view) => view !== 'draw');
        queueNotice(cannotRead());
      }
    }
  } else {
    const next = 'You can still choose a class and draw samples.';
    queueNotice({ message: 'This browser does not offer WebGL2, so the playground cannot be drawn.', next });
  }
  leavePad();
  if (plays && hasMorph()) playground.command('play');
  setPhase(playground === basic ? 'basic' : 'ready');
  onState(playground.link(), playground.state());

  if (draw) new ResizeObserver(() => requestAnimationFrame(placeDraw)).observe(byId('stage'));
  if (manifest.live) {
    const parts = { manifest, models, header, shown: () => playground, attempt, t, showNotice };
    await attempt(async () => (await import('./training.mjs')).watchTraining(parts));
  }
  const noRoom = { message: 'This browser has no room left to keep the page for times without a network.', next: 'Everything works while there is one.' };
  if (!embedded) keepOffline(models.loadedFiles, () => queueNotice(noRoom));
}

/** From a frame, the logo too leads to the whole page: in a tab of its own, with what is on show. */
const waysOut = embedded ? [byId('full-page'), byId('brand')] : [];
for (const way of waysOut) Object.assign(way, { href: urlOf(read()), target: '_blank', rel: 'noopener', hidden: false });
if (embedded) {
  document.body.dataset.embed = '';
  byId('brand').setAttribute('aria-label', byId('full-page').textContent);
}
let begun;
let readyNow;
let readyNever;
const ready = new Promise((resolve, reject) => ([readyNow, readyNever] = [resolve, reject]));
ready.catch(() => {});
installApi(new Promise((resolve) => (begun = resolve)), ready);
addEventListener('unhandledrejection', ({ reason }) => showNotice(asPageError(reason)));
addEventListener('error', ({ error }) => error && showNotice(asPageError(error)));
offerLanguage();
const spoken = speak().catch((error) => queueNotice(asPageError(error)));
let takePicture = null;
listenForPictures((file) => ready.then(() => takePicture(file)));
boot(begun, spoken, (take) => (takePicture = take)).then(readyNow, async (error) => {
  await spoken;
  setPhase('failed');
  showNotice(asPageError(error));
  readyNever(error);
});
