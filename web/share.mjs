// The share panel: the link, an embed snippet, alternative text, and the system's own share sheet where there is one. Fetched once
// the playground is drawn, with its own elements and styles.
import { embedUrlOf, urlOf } from './address.mjs';
import { copyText } from './clipboard.mjs';
import { drawPixels } from './picture.mjs';

const STYLES = './share.css';
const PANEL = `
  <div class="share-head">
    <h2 id="share-title">Share these pixels</h2>
    <button class="icon" id="share-close" aria-label="Close"><svg aria-hidden="true"><use href="icons.svg#close"></use></svg></button>
  </div>
  <div class="share-sample"><canvas id="share-picture" width="28" height="28" role="img" aria-labelledby="share-alternative"></canvas>
    <p id="share-alternative"></p></div>
  <label for="share-link">Link</label>
  <div class="field"><input id="share-link" readonly><button class="primary" id="share-copy" data-copies="share-link">Copy</button></div>
  <label for="share-embed">Embed</label>
  <div class="field"><textarea id="share-embed" rows="3" readonly></textarea><button id="share-copy-embed" data-copies="share-embed">Copy</button></div>
  <label for="share-text">Alternative text</label>
  <div class="field"><input id="share-text" readonly><button id="share-copy-text" data-copies="share-text">Copy</button></div>
  <div class="field saves"><button id="save-picture">Save as PNG</button><button id="save-morph" hidden>Save the morph</button><button id="save-sheet" hidden>Save a sheet</button></div>
  <canvas class="qr" id="share-qr" width="8" height="8" role="img" aria-label="The link as a QR code" hidden></canvas>
  <button class="wide" id="share-native" hidden>Share with an app…</button>
  <p class="quiet" id="gallery-too" hidden><a href="gallery.html">Gallery</a></p>
  <p class="quiet">Whoever opens the link sees exactly this, down to the last bit. Nothing is uploaded: the link is the picture. A saved picture holds it too: drop it here to go on from there.</p>`;

const byId = (id) => document.getElementById(id);
const DONE_MS = 1600;
// Of a morph that is saved as an animation.
const FRAMES_PER_SEGMENT = 16;
const MOST_FRAMES = 160;
const LEAST_FRAME_MS = 20;

const escapeAttribute = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/** The HTML that shows `link` in a frame of someone else's page. */
export function embedSnippet(link, title) {
  return `<iframe src="${escapeAttribute(embedUrlOf(link))}" title="${escapeAttribute(title)}" width="480" height="640" loading="lazy" style="border:0"></iframe>`;
}

async function copyField(button, t) {
  const field = byId(button.dataset.copies);
  field.select();
  // Pages without https have no clipboard object.
  const copied = (await copyText(field.value)) || document.execCommand('copy');
  button.textContent = t(copied ? 'Copied' : 'Press Ctrl+C');
  setTimeout(() => (button.textContent = t('Copy')), DONE_MS);
}

/** Whether there is a morph, which the playground without ImGui has not. */
const hasMorph = (playground) => playground.morphFrame !== undefined && playground.state().morph.count > 1;

/** The morph's frames, how long each is on show, and whether they repeat: {model, frames: [{latent, mix}], ms, loop}. */
function framesOfMorph(playground) {
  const { model, morph } = playground.state();
  const segments = morph.loop ? morph.count : morph.count - 1;
  // Browsers slow down frames of less than about two hundredths of a second.
  const wanted = Math.min(MOST_FRAMES, segments * FRAMES_PER_SEGMENT, Math.floor((segments * 10_000) / morph.speed / LEAST_FRAME_MS));
  const count = Math.max(2, wanted);
  const frames = Array.from({ length: count }, (_, i) => playground.morphFrame(Math.round((65535 * i) / (morph.loop ? count : count - 1))));
  return { model, frames, ms: Math.round((segments * 10_000) / morph.speed / count), loop: morph.loop };
}

/**
 * `t` and `translate` are strings.mjs's, `hasGallery` says whether the site has one. `current()` → {link, text, pixels, spec} (or a
 * promise of it) of what is on show in `playground()`; `models` and `pool` draw its morph. `complain({message, next})` shows a fault.
 * → {open(): shows the panel}
 */
export function createShare({ t, translate, hasGallery, current, playground, models, pool, complain }) {
  const dialog = document.createElement('dialog');
  Object.assign(dialog, { id: 'share', className: 'share', innerHTML: PANEL });
  dialog.setAttribute('aria-labelledby', 'share-title');
  translate(dialog);
  document.body.append(dialog);
  const styles = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL(STYLES, import.meta.url) });
  const styled = new Promise((resolve) => Object.assign(styles, { onload: resolve, onerror: resolve }));
  document.head.append(styles);
  byId('gallery-too').hidden = !hasGallery;
  const native = byId('share-native');
  native.hidden = typeof navigator.share !== 'function';
  const noQr = Object.assign(document.createElement('p'), { className: 'quiet', hidden: true });
  byId('share-qr').after(noQr);
  let shown = null; // what the panel was opened with, and saves, whatever goes on behind it

  async function open() {
    const { name } = models.find(playground().state().model);
    const morph = hasMorph(playground()) ? framesOfMorph(playground()) : null;
    const [sample] = await Promise.all([current(), styled]);
    shown = { ...sample, name, morph };
    const { link, text, pixels, spec } = shown;
    byId('share-link').value = urlOf(link);
    byId('share-embed').value = embedSnippet(link, text);
    byId('share-text').value = text;
    byId('share-alternative').textContent = text;
    if (!dialog.open) dialog.showModal();
    if (pixels) drawPixels(byId('share-picture'), pixels, spec);
    byId('share-link').select();
    for (const id of ['save-morph', 'save-sheet']) byId(id).hidden = !morph;
    const save = await import('./save.mjs').catch(() => null);
    noQr.textContent = t(save ? 'The link is too long for a QR code.' : 'The QR code cannot be shown: a part of the page cannot be fetched.');
    noQr.hidden = save?.paintQr(byId('share-qr'), urlOf(link)) ?? false;
    byId('share-qr').hidden = !noQr.hidden;
  }

  /** The message would lie behind the panel. */
  function giveUp(error) {
    dialog.close();
    complain(error);
  }

  /** The morph, with its frames decoded, as save.mjs wants it. */
  async function decoded({ link, morph: { model, frames, ...rest } }) {
    const asked = frames.map(({ latent, mix }) => ({ model, priority: 2, n: 1, latents: Int8Array.from(latent), mixes: Uint8Array.from(mix) }));
    return { ...rest, link, spec: models.find(model).spec, frames: await Promise.all(asked.map(pool.decode)) };
  }

  /** What a button saves: its bytes and the end of its name. */
  const files = {
    async 'save-picture'({ samplePng }, sample) {
      return [await samplePng(sample), ''];
    },
    async 'save-morph'({ morphPng }, sample) {
      return [await morphPng(await decoded(sample)), '-morph'];
    },
    async 'save-sheet'({ sheetPng }, sample) {
      return [await sheetPng(await decoded(sample)), '-sheet'];
    },
  };
  for (const [id, make] of Object.entries(files)) {
    byId(id).addEventListener('click', async () => {
      byId(id).disabled = true;
      try {
        const module = await import('./save.mjs').catch(() => {
          throw { message: 'Nothing can be saved: a part of the page cannot be fetched.', next: 'Try again when there is a network.' };
        });
        const [bytes, end] = await make(module, shown);
        module.save(bytes, `${shown.name}${end}.png`);
      } catch (error) {
        giveUp(error);
      }
      byId(id).disabled = false;
    });
  }

  for (const button of dialog.querySelectorAll('[data-copies]')) button.addEventListener('click', () => copyField(button, t));
  byId('share-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  native.addEventListener('click', () => {
    navigator.share({ title: 'AVAE', text: byId('share-text').value, url: byId('share-link').value }).catch(({ name }) => {
      if (name === 'AbortError') return; // the visitor thought better of it
      giveUp({ message: 'The link could not be handed to another app.', next: 'Copy it instead.' });
    });
  });
  return { open };
}
