// A picture file that the visitor gives the page: one that this page has saved holds a link. Fetched with the first such file, apart
// from the page's first module.
import { isAnimated } from './animated.mjs';
import { hadLink, linkOf } from './png.mjs';

const MAX_FILE_BYTES = 64 << 20;
const MAX_PICTURE_PIXELS = 50e6;

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

/**
 * Opens what `file` shows. `openLink(link)` restores what a saved picture holds, or answers a fault; any other picture is handed to
 * `place(bitmap)` to be read by `model`, null where nothing can. `complain({message, next})` says what went wrong.
 */
export async function takePicture(file, { openLink, model, place, complain }) {
  const bytes = file.size <= MAX_FILE_BYTES ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
  const link = linkOf(bytes);
  const wrong = link === null ? null : await openLink(link);
  if (link !== null && !wrong) return; // a picture that this page saved: what it shows, exactly
  if (wrong && !model?.encoder) throw wrong;
  if (!model) throw fault('Pictures of your own cannot be read here.', 'One that this page has saved opens.');
  if (!model.encoder) throw fault('This model cannot read pictures: it has no encoder.', 'Choose another model above.');
  const next = 'It is read like any other picture instead.';
  if (wrong) complain(fault(`The link that this picture holds cannot be used: ${wrong.message}`, next));
  else if (hadLink(bytes)) complain(fault('The link in this picture is damaged.', next));
  else if (isAnimated(bytes)) complain(fault(`${file.name || 'The picture'} is animated.`, 'Its first picture is read.'));
  const image = await readPicture(file);
  place(image);
  image.close();
}
