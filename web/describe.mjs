// Puts a sample into words: titles, alternative text.
import { t } from './strings.mjs';

/** "Sneaker", or "class 7" when the model has no names. */
export const className = (names, index) => (names?.[index] ? t(names[index]) : t('class {}').replace('{}', index));

/** Class weights [K] → "Sneaker", "60 % Sneaker, 40 % Ankle boot", or "" without classes. */
export function describeMix(mix, names) {
  const total = mix.reduce((sum, weight) => sum + weight, 0);
  if (!total) return '';
  return Array.from(mix, (weight, index) => ({ weight, name: className(names, index) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ weight, name }, _, all) => (all.length === 1 ? name : t('{percent} % {name}', { percent: Math.round((100 * weight) / total), name })))
    .join(', ');
}

/** "Sneaker, sample 1 of fashion-avae, 93 % real, keyframes: 2". `number` counts the samples of this visit; `realism` is 0..100 or null. */
export function describeSample({ mix, names, number, model, realism = null, keyframes = 0 }) {
  const what = describeMix(mix, names);
  const text = what ? t('{what}, sample {number} of {model}', { what, number, model }) : t('Sample {number} of {model}', { number, model });
  const judged = realism === null ? text : t('{text}, {realism} % real', { text, realism });
  return keyframes ? t('{text}, keyframes: {keyframes}', { text: judged, keyframes }) : judged;
}
