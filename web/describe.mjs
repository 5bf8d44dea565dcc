// Puts a sample into words: titles, alternative text, the learning badge.

/** Class weights [K] → "Sneaker", "60 % Sneaker, 40 % Ankle boot", or "" without classes. */
export function describeMix(mix, names) {
  const total = mix.reduce((sum, weight) => sum + weight, 0);
  if (!total) return '';
  return Array.from(mix, (weight, index) => ({ weight, name: names[index] ?? `class ${index}` }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ weight, name }, _, all) => (all.length === 1 ? name : `${Math.round((100 * weight) / total)} % ${name}`))
    .join(', ');
}

/** "Sneaker, sample 1 of fashion-avae, 93 % real". `number` counts the samples of this visit; `realism` is 0..100 or null. */
export function describeSample({ mix, names, number, model, realism = null }) {
  const what = describeMix(mix, names);
  const real = realism === null ? '' : `, ${realism} % real`;
  return (what ? `${what}, sample ${number} of ${model}` : `Sample ${number} of ${model}`) + real;
}

/** 180000 → "180 000" with a narrow space, as the rest of the page writes numbers. */
export const formatCount = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** "learning: epoch 3.1, 180 000 images" */
export function describeLearning({ epoch, images_seen: images, done }) {
  return `${done ? 'learned' : 'learning'}: epoch ${Number(epoch.toFixed(1))}, ${formatCount(images)} images`;
}
