// Compiles core.wasm once, for all workers.
import { fetchFile, transferOf } from './files.mjs';
import { siteFile } from './manifest.mjs';

/** → WebAssembly.Module, after its bytes were checked. Compiles while it loads. `progress` hears its bytes. */
export async function compileCore(manifest, progress) {
  const file = siteFile(manifest, 'core.wasm');
  let streamed = null;
  const bytes = await fetchFile(file, {
    onBytes: progress.of(transferOf(file).path),
    onBody: (stream) => {
      const response = new Response(stream, { headers: { 'Content-Type': 'application/wasm' } });
      streamed = WebAssembly.compileStreaming?.(response)?.catch(() => null) ?? null;
    },
  });
  return (await streamed) ?? WebAssembly.compile(bytes);
}
