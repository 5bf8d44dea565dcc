// Whether a picture file holds more than one frame.
import { holds } from './png.mjs';

const latin1 = (bytes, from, to) => String.fromCharCode(...bytes.subarray(from, to));

/** Of a PNG, GIF or WebP file. Other kinds, and what is damaged: false. */
export function isAnimated(bytes) {
  const head = latin1(bytes, 0, 12);
  // A frame begins with a graphic control extension, and its image behind that.
  if (head.startsWith('GIF8')) return holds(bytes, [0x21, 0xf9, 4, -1, -1, -1, -1, 0, 0x2c], 2);
  // The chunk of an animation's head goes right behind the file's: nobody need look further.
  if (head.startsWith('\x89PNG')) return latin1(bytes, 0, 4096).includes('acTL');
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return latin1(bytes, 12, 16) === 'VP8X' && (bytes[20] & 2) !== 0;
  return false;
}
