// Text that the playground's own font lacks, drawn in the system's fonts: the browser knows every script.
const MARGIN = 2; // around what the metrics say
const MOST_PIXELS = 1 << 20;
let context = null;

/**
 * `text` with an em of `emPx` pixels → {width, height, left, top, advance, alpha: Uint8Array [height, width]}: `left` and `top` are
 * the picture's place from the pen on the baseline. Null where the browser cannot draw.
 */
export function drawText(text, emPx, strong) {
  context ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  const font = `${strong ? 600 : 400} ${emPx}px Inter, system-ui, sans-serif`;
  context.font = font;
  const metrics = context.measureText(text);
  const left = Math.floor(-metrics.actualBoundingBoxLeft) - MARGIN;
  const top = -Math.ceil(metrics.actualBoundingBoxAscent) - MARGIN;
  const width = Math.ceil(metrics.actualBoundingBoxRight) + MARGIN - left;
  const height = Math.ceil(metrics.actualBoundingBoxDescent) + MARGIN - top;
  if (!(width > 0 && height > 0 && width <= 2000 && width * height <= MOST_PIXELS)) return null;
  if (context.canvas.width < width || context.canvas.height < height) {
    context.canvas.width = Math.max(width, context.canvas.width);
    context.canvas.height = Math.max(height, context.canvas.height);
    context.font = font;
  }
  context.clearRect(0, 0, width, height);
  context.fillStyle = '#fff';
  context.fillText(text, -left, -top);
  const { data } = context.getImageData(0, 0, width, height);
  const alpha = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]);
  return { width, height, left, top, advance: metrics.width, alpha };
}
