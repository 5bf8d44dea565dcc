// Puts decoded pixels on a 2D canvas.

/** pixels uint8 [H, W, C], C 1 or 3 → ImageData. */
export function toImageData(pixels, { height, width, channels }) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = pixels[channels === 3 ? 3 * i + c : i];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** Draws one sample so that it fills `canvas` at the screen's own resolution, smoothly. */
export function drawPixels(canvas, pixels, spec) {
  const small = document.createElement('canvas');
  small.width = spec.width;
  small.height = spec.height;
  small.getContext('2d').putImageData(toImageData(pixels, spec), 0, 0);
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  const side = Math.max(64, Math.round((canvas.clientWidth || 64) * ratio));
  canvas.width = side;
  canvas.height = Math.round((side * spec.height) / spec.width);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}
