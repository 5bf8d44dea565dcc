// What the engines decode: files that run.mjs serves for each model.

async function fetchAs(Type, path) {
  const response = await fetch(`/files/${path}`);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return new Type(await response.arrayBuffer());
}

export const fetchBytes = (path) => fetchAs(Uint8Array, path);

/** The first `n` inputs of the graphs after the prior: Float32Array [n, D + K]. */
export async function graphInput(model, n) {
  const all = await fetchAs(Float32Array, `${model}/graph-input.f32`);
  const { total } = await modelInfo(model);
  return all.slice(0, (all.length / total) * n);
}

/** The first `n` inputs of our core. → {latents: Int8Array [n, Z], mixes: Uint8Array [n, K]} */
export async function coreInput(model, n) {
  const { total } = await modelInfo(model);
  const latents = await fetchAs(Int8Array, `${model}/latents.i8`);
  const mixes = await fetchAs(Uint8Array, `${model}/mixes.u8`);
  return { latents: latents.slice(0, (latents.length / total) * n), mixes: mixes.slice(0, (mixes.length / total) * n) };
}

/** {total: samples in the files, spec} */
export async function modelInfo(model) {
  return (await fetch(`/files/${model}/info.json`)).json();
}
