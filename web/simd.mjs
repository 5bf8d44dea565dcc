// Can this browser run the core?

// (module (type (func (result v128))))
const SIMD_MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123]);

/** WebAssembly with 128-bit SIMD. */
export const hasSimd = () => typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE);

/** WebGL2, asked of a canvas that is thrown away. */
export function hasWebGl2() {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}
