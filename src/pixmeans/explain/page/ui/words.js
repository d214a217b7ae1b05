// Numbers, colors and steps in words, as Python's explain/wording.py says them.

/** Bytes with three digits: '912 bytes', '36.4 kB', '1.23 MB'. */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 999500 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}

/** A share as a percentage with two digits that count. */
export function percent(share) {
  const value = 100 * share;
  if (value === 0 || value >= 9.95) return `${value.toFixed(0)} %`;
  return value >= 0.95 ? `${value.toFixed(1)} %` : value >= 0.0095 ? `${value.toFixed(2)} %` : '< 0.01 %';
}

/** '47,051'. */
export const grouped = (count) => Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, ',');

/** '1 color', '16 colors'. */
export const countOf = (count, what) => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;

/** '#AE8B70' of three bytes at a place of an array. */
export function hexAt(bytes, at) {
  let word = '#';
  for (let channel = 0; channel < 3; channel++) word += bytes[at + channel].toString(16).padStart(2, '0');
  return word.toUpperCase();
}

/** An error in the units of its space: sRGB in levels of 0 to 255, OKLab times 100. */
export const errorWords = (error, space) => (space === 'oklab' ? (100 * error).toFixed(2) : error.toFixed(2));

/** Whether words on a color should be dark. */
export const isLight = (red, green, blue) => 299 * red + 587 * green + 114 * blue > 128000;

export const START_WORDS = {
  'random-pixels': ['Random pixels', 'Frequent colors are likelier.'],
  'random-colors': ['Random colors', 'Any color: many fit no pixel.'],
  'k-means++': ['k-means++', 'Colors far apart are likelier.'],
  placed: ['I place them', 'Click in the picture to add one.'],
};

export const SPACE_WORDS = {
  rgb: ['sRGB', 'Least squared error of the bytes.'],
  oklab: ['OKLab', 'As the eye sees: better photos.'],
};

/** A half-step in two parts: which one it is, and what it did. what: 'pixel' or 'point'; unit: how far in words. */
export function stepWords(step, last, { k, what, taken, far }) {
  if (!step) return ['', ''];
  const changed = `${grouped(step.changed)} of ${grouped(taken)} ${what}s changed`;
  if (step.phase === 'update') {
    const refilled = step.refilled && step.refilled.length ? `, ${step.refilled.length} empty put elsewhere` : '';
    return [`${step.iteration} · Update`, `each center moves to the mean of its ${what}s; ${far}${refilled}`];
  }
  if (step.converged) return [`Converged at ${step.iteration}`, 'another iteration would change nothing'];
  if (step.iteration === 0) return ['0 · Assign', `the ${k} first centers; each ${what} joins the nearest`];
  return [last ? `Stopped at ${step.iteration}` : `${step.iteration} · Assign`, `each ${what} joins the nearest center; ${changed}`];
}
