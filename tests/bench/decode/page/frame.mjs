// Starts the engine that the frame's URL names. window.engine is a promise of {version, open({model, n, form})}; open() gives
//   run()      decodes the batch once, from the latents in JavaScript to the pixels in JavaScript; may be a promise
//   picture()  the same as float [n, H, W, C] in [0, 1], for the check
//   close()    frees it
const parameters = new URLSearchParams(location.search);
const module = import(`./engines/${parameters.get('engine')}.mjs`);
const setup = { threads: Number(parameters.get('threads')), build: parameters.get('build') };
globalThis.engine = module.then(({ start }) => start(setup));
