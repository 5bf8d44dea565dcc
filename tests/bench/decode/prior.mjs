// The prior and the class mix, in JavaScript: what the peers get outside of their time, in their favour. Pictures have one
// class, and switches are at -1 or 1, as the benchmark's latents are.

/** Gaussian `row`'s lower triangle, kept whole (version 1, [G, D, D]) or as D (D + 1) / 2 numbers. → (i, j) => number */
function triangle({ shape, values }, row) {
  const whole = shape.length === 3;
  const size = values.length / shape[0];
  return (i, j) => values[row * size + (whole ? i * shape[2] + j : (i * (i + 1)) / 2 + j)];
}

/**
 * Latents Int8Array [N, Z] in steps of 1/32 and classes [N] (empty when K is 0) → Float32Array [N, D + K]: z, then the class
 * mix, as the layer after the prior reads it.
 */
export function applyPrior({ spec, tensors }, latents, classes) {
  const { latent, switches = 0, classes: classCount } = spec;
  const size = latent - switches;
  const n = latents.length / latent;
  const result = new Float32Array(n * (size + classCount));
  for (let at = 0; at < n; at += 1) {
    const u = Float64Array.from(latents.subarray(at * latent, (at + 1) * latent), (step) => step / 32);
    const z = result.subarray(at * (size + classCount), (at + 1) * (size + classCount));
    if (classCount > 0) z[size + classes[at]] = 1;
    if (spec.prior === 'standard') {
      z.set(u.subarray(0, size));
      continue;
    }
    let gaussian = classCount > 0 ? classes[at] : 0;
    for (let s = 0; s < switches; s += 1) gaussian = 2 * gaussian + (u[size + s] > 0 ? 1 : 0);
    const scale = triangle(tensors.get('prior.scale'), gaussian);
    const mean = tensors.get('prior.mean').values.subarray(gaussian * size, (gaussian + 1) * size);
    for (let i = 0; i < size; i += 1) {
      let sum = mean[i];
      for (let j = 0; j <= i; j += 1) sum += scale(i, j) * u[j];
      z[i] = sum;
    }
  }
  return result;
}
