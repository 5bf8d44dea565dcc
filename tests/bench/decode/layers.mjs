// The layers of a decoder after its prior, in JavaScript. shared/model/layers.cpp is the list that counts: checkLayers()
// refuses to benchmark a model whose layers, as the core tells them, are others than these.

/**
 * spec → [{kind: 'dense' | 'conv' | 'up' | 'add', name, inputs: [value], in: [h, w, c], out: [h, w, c],
 * activation: '' | 'relu' | 'clamp01'}]. Value 0 is z with the class mix behind it [N, D + K]; layer i writes value i + 1.
 */
export function decoderLayers(spec) {
  const { stage_widths: widths, stage_blocks: blocks } = spec;
  if (widths.length === 0) throw new Error('the benchmark knows no dense decoders: choose a model with stage_widths');
  const list = [];
  let shape = [1, 1, spec.latent - (spec.switches ?? 0) + spec.classes];
  const add = (kind, name, out, activation, inputs = [list.length]) => {
    list.push({ kind, name, inputs, in: shape, out, activation });
    shape = out;
  };
  const shift = widths.length - 1;
  add('dense', 'project', [spec.height >> shift, spec.width >> shift, widths[0]], 'relu');
  widths.forEach((_, stage) => {
    for (let block = 0; block < blocks[stage]; block += 1) {
      const prefix = `stage${stage}.block${block}`;
      const shortcut = list.length;
      add('conv', `${prefix}.conv1`, shape, 'relu');
      add('conv', `${prefix}.conv2`, shape, '');
      add('add', `${prefix}.add`, shape, 'relu', [list.length, shortcut]);
    }
    const [h, w] = shape;
    if (stage < shift) add('up', `stage${stage}.up`, [2 * h, 2 * w, widths[stage + 1]], 'relu');
  });
  const [h, w] = shape;
  add('conv', 'head', [h, w, spec.channels], 'clamp01');
  return list;
}

/** Throws unless `told` ([{name, shape}], a decoder's layers as the core lists them) is `list`, prior and mix aside. */
export function checkLayers(list, told) {
  const text = (layers) => JSON.stringify(layers.map(({ name, shape }) => [name, shape]));
  const ours = text(list.map(({ name, out }) => ({ name, shape: out })));
  const theirs = text(told.filter(({ name }) => name !== 'prior' && name !== 'class'));
  if (ours === theirs) return;
  throw new Error(
    'tests/bench/decode/layers.mjs has other layers than the core: bring it in step with shared/model/layers.cpp',
  );
}

/** Multiply-adds of one sample in the direct 3x3 convolutions: no algebra, no dense layer, no prior. */
export function convolutionMultiplyAdds(list) {
  const one = ({ kind, in: [, , inputs], out: [h, w, c] }) =>
    kind === 'conv' || kind === 'up' ? 9 * inputs * h * w * c : 0;
  return list.reduce((total, layer) => total + one(layer), 0);
}
