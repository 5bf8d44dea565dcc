// Can this browser run the core?

// (module (func (result v128) i32.const 0 i8x16.splat))
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** WebAssembly with 128-bit SIMD. */
export const hasSimd = () => typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE);

/** WebGL2, asked of a canvas that is thrown away. */
export function hasWebGl2() {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}
