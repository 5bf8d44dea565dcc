// Pictures to keep: one sample, a morph as an animation or as a sheet, and the link as a QR code. Fetched with the share panel's
// first use.
import qrcode from 'qrcode-generator';

import { animate, withLink } from './png.mjs';
import { toImageData } from './picture.mjs';

const SAVED_SIDE = 448; // pixels of the longer side, about: each of the model's pixels becomes a square
const FRAME_SIDE = 224;
const QR_SIDE = 248; // about, in CSS pixels; codes of the longest links take more

function canvasOf(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  return { canvas, context };
}

/** Draws pixels uint8 [H, W, C] with squares of `factor` at (x, y). */
function paint(context, pixels, spec, factor, x = 0, y = 0) {
  const small = canvasOf(spec.width, spec.height);
  small.context.putImageData(toImageData(pixels, spec), 0, 0);
  context.drawImage(small.canvas, x, y, spec.width * factor, spec.height * factor);
}

const factorOf = ({ width, height }, side) => Math.max(1, Math.round(side / Math.max(width, height)));
const bytesOf = async (canvas) => new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());

/** A PNG of the sample that carries its link. */
export async function samplePng({ pixels, spec, link }) {
  const factor = factorOf(spec, SAVED_SIDE);
  const { canvas, context } = canvasOf(spec.width * factor, spec.height * factor);
  paint(context, pixels, spec, factor);
  return withLink(await bytesOf(canvas), link);
}

/** The morph as an animated PNG that carries the link. `frames` are pixels, each shown for `ms`; for ever or once. */
export async function morphPng({ frames, spec, ms, loop, link }) {
  const factor = factorOf(spec, FRAME_SIDE);
  const pngs = [];
  for (const pixels of frames) {
    const { canvas, context } = canvasOf(spec.width * factor, spec.height * factor);
    paint(context, pixels, spec, factor);
    pngs.push(await bytesOf(canvas));
  }
  return withLink(animate(pngs, ms, { loop }), link);
}

/** The morph's frames side by side, in a PNG that carries the link. */
export async function sheetPng({ frames, spec, link }) {
  const factor = factorOf(spec, FRAME_SIDE / 2);
  const columns = Math.ceil(Math.sqrt(frames.length));
  const [width, height] = [spec.width * factor + 2, spec.height * factor + 2];
  const { canvas, context } = canvasOf(columns * width, Math.ceil(frames.length / columns) * height);
  frames.forEach((pixels, i) => paint(context, pixels, spec, factor, (i % columns) * width, Math.floor(i / columns) * height));
  return withLink(await bytesOf(canvas), link);
}

/** Hands a file to the visitor. */
export function save(bytes, name) {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
  const anchor = Object.assign(document.createElement('a'), { href: url, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Draws `text` as a QR code, black on white with the quiet zone that readers want. False when it is too long for one. */
export function paintQr(canvas, text) {
  const code = qrcode(0, 'M');
  code.addData(text);
  try {
    code.make();
  } catch {
    return false;
  }
  const count = code.getModuleCount();
  const border = 4;
  // Cells are whole pixels of a screen of ratio 1: uneven ones cannot be read from it.
  const cell = Math.max(2, Math.floor(QR_SIDE / (count + 2 * border)));
  canvas.width = canvas.height = (count + 2 * border) * cell;
  canvas.style.width = `${canvas.width}px`;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  for (let y = 0; y < count; y += 1) for (let x = 0; x < count; x += 1) if (code.isDark(y, x)) context.fillRect((x + border) * cell, (y + border) * cell, cell, cell);
  return true;
}
