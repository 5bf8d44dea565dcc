// What the canvas shows, in the document: alternative text that follows the sample, and a class list and a button that do
// what the drawn ones do.
import { className, describeSample } from './describe.mjs';

const byId = (id) => document.getElementById(id);
const REMEMBERED = 1000; // samples of a visit whose numbers are kept
const SETTLED_MS = 400; // speak when a drag has ended, not at each of its steps

/** `on` has setClass(index) and random(). */
export function createAccessibleLayer(on) {
  const select = byId('class');
  const numbers = new Map(); // latent → which one of this visit
  let last = 0;
  let timer = 0;
  let names = '';
  select.addEventListener('change', () => on.setClass(Number(select.value)));
  byId('random').addEventListener('click', () => on.random());
  byId('controls').addEventListener('submit', (event) => event.preventDefault());

  return {
    /** Mirrors `state` ({latent, mix, classIndex, realism, morph}) of `model`. → the text. */
    show(state, model) {
      const key = String(state.latent);
      const number = numbers.get(key) ?? last + 1;
      const classNames = model.spec.class_names ?? [];
      const text = describeSample({ mix: state.mix, names: classNames, number, model: model.name, realism: state.realism, keyframes: state.morph?.count });

      const options = Array.from(state.mix, (_, index) => className(classNames, index));
      if (options.join('\n') !== names) {
        names = options.join('\n');
        select.replaceChildren(...options.map((name, index) => new Option(name, index)));
      }
      select.closest('label').hidden = options.length === 0;
      select.disabled = options.length === 0;
      select.value = String(state.classIndex);
      byId('random').disabled = false;

      clearTimeout(timer);
      timer = setTimeout(() => {
        byId('alternative').textContent = text;
        if (!numbers.has(key)) numbers.set(key, (last = number));
        if (numbers.size > REMEMBERED) numbers.delete(numbers.keys().next().value);
      }, SETTLED_MS);
      return text;
    },
  };
}
