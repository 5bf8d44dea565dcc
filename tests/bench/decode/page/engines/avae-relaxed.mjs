// Our core built for relaxed SIMD.
import { startCore } from './avae.mjs';

export const start = () => startCore('core-relaxed.wasm');
