// Compiles core.wasm once, for all workers.
import { fetchFile } from './files.mjs';
import { siteFile } from './manifest.mjs';

/** → WebAssembly.Module, after its bytes were checked. Compiles while it loads. The caller has announced the file's size to `progress`. */
export async function compileCore(manifest, progress) {
  const file = siteFile(manifest, 'core.wasm');
  let streamed = null;
  const bytes = await fetchFile(file, {
    onBytes: (count) => progress.got(count),
    onBody: (stream) => {
      const response = new Response(stream, { headers: { 'Content-Type': 'application/wasm' } });
      streamed = WebAssembly.compileStreaming?.(response)?.catch(() => null) ?? null;
    },
  });
  return (await streamed) ?? WebAssembly.compile(bytes);
}
