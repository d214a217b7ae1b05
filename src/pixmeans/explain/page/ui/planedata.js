// Points in a plane to watch k-means on: where it works, where it cannot, and where luck decides. The first six are
// those of explain/plane/data.py, point for point while the noise is 1.

import { SplitMix64 } from '../engine/random.js';

/** Grid steps on a side of the square that all points lie in. */
export const SIDE = 10000;

/** The most centers: each has a color and a shape of its own. */
export const MOST = 6;

/** A number near 0 with standard deviation 1, never beyond 3.5. */
function bell(random) {
  let sum = 0;
  for (let draw = 0; draw < 4; draw++) sum += random.uniform();
  return (sum - 2) * Math.sqrt(3);
}

const blob = (random, count, x, y, spread) => {
  const points = [];
  for (let point = 0; point < count; point++) points.push([x + spread * bell(random), y + spread * bell(random)]);
  return points;
};

const groups = (list) => ({
  centers: list.map(([, x, y]) => [x, y]),
  make: (random, noise) => list.flatMap(([count, x, y, spread]) => blob(random, count, x, y, spread * noise)),
});

/** Points along a circle or a part of it (in turns), with jitter. */
function arc(random, count, x, y, radius, from, to, jitter) {
  return Array.from({ length: count }, (_, point) => {
    const angle = 2 * Math.PI * (from + ((to - from) * (point + 0.5)) / count);
    return [x + radius * Math.cos(angle) + jitter * bell(random), y + radius * Math.sin(angle) + jitter * bell(random)];
  });
}

function moons(random, noise) {
  const points = [];
  for (let number = 0; number < 100; number++) {
    const upper = number % 2 === 0;
    const t = -1 + (2 * (Math.floor(number / 2) + 0.5)) / 50;
    const x = (2 * t) / (1 + t * t);
    const y = (1 - t * t) / (1 + t * t);
    const [centerX, centerY, sign] = upper ? [0.38, 0.45, 1] : [0.62, 0.58, -1];
    points.push([
      centerX + 0.29 * x + 0.022 * noise * bell(random),
      centerY + sign * 0.34 * y + 0.022 * noise * bell(random),
    ]);
  }
  return points;
}

function bars(random, noise) {
  const points = [];
  for (const [count, left] of [
    [12, 0.1],
    [36, 0.42],
    [108, 0.74],
  ]) {
    for (let point = 0; point < count; point++) {
      const width = 0.08 + 0.04 * noise;
      points.push([left + 0.08 + width * (2 * random.uniform() - 1), 0.06 + 0.88 * random.uniform()]);
    }
  }
  return points;
}

const THREE = [
  [34, 0.24, 0.7, 0.065],
  [34, 0.72, 0.72, 0.075],
  [34, 0.52, 0.26, 0.07],
];
const FOUR = [
  [26, 0.18, 0.3, 0.04],
  [26, 0.18, 0.7, 0.04],
  [26, 0.8, 0.3, 0.04],
  [26, 0.8, 0.7, 0.04],
];

/**
 * The examples: {title, lesson, k, seed: of the start, points: seed of the points, make(random, noise), centers: the
 * true ones or none, start: centers chosen by hand}.
 */
export const EXAMPLES = {
  blobs: {
    title: 'Three groups',
    lesson: 'Three groups, three centers: the borders settle between the groups.',
    k: 3,
    seed: 14,
    points: 7,
    ...groups(THREE),
  },
  uniform: {
    title: 'Nothing to find',
    lesson: 'Points spread evenly have no groups; k-means draws borders all the same.',
    k: 3,
    seed: 13,
    points: 11,
    make: (random) => Array.from({ length: 100 }, () => [0.05 + 0.9 * random.uniform(), 0.05 + 0.9 * random.uniform()]),
  },
  four: {
    title: 'Four groups: luck',
    lesson: 'Seed 12 ends badly: two centers share a group and one serves two. No step mends that. Try seed 10.',
    k: 4,
    seed: 12,
    points: 9,
    ...groups(FOUR),
  },
  unequal: {
    title: 'Unequal groups',
    lesson: 'A large group counts more than two small ones: it takes two centers, they share the third.',
    k: 3,
    seed: 7,
    points: 3,
    ...groups([
      [110, 0.38, 0.55, 0.15],
      [14, 0.84, 0.3, 0.028],
      [14, 0.85, 0.56, 0.028],
    ]),
  },
  moons: {
    title: 'Two crescents',
    lesson: 'Borders between centers are straight: no start lets k-means part two crescents.',
    k: 2,
    seed: 16,
    points: 5,
    make: moons,
  },
  empty: {
    title: 'A center without points',
    lesson: 'Center 3 is nearest to no point: it has no mean to move to, and stays. Drag it to where it helps.',
    k: 3,
    seed: 7,
    points: 7,
    start: [
      [0.3, 0.62],
      [0.62, 0.5],
      [0.05, 0.05],
    ],
    ...groups(THREE),
  },
  rings: {
    title: 'Two rings',
    lesson: 'You see two rings and ask for k = 2. k-means halves both: it knows distances to centers, not shapes.',
    k: 2,
    seed: 3,
    points: 21,
    centers: [[0.5, 0.5]],
    make: (random, noise) => [
      ...arc(random, 40, 0.5, 0.5, 0.16, 0, 1, 0.012 * noise),
      ...arc(random, 90, 0.5, 0.5, 0.39, 0, 1, 0.012 * noise),
    ],
  },
  smiley: {
    title: 'A smiley',
    lesson: 'Four parts: face, two eyes, mouth. With k = 4 each center gets a slice of all, and none gets an eye.',
    k: 4,
    seed: 5,
    points: 23,
    centers: [
      [0.36, 0.62],
      [0.64, 0.62],
      [0.5, 0.5],
      [0.5, 0.27],
    ],
    make: (random, noise) => [
      ...arc(random, 84, 0.5, 0.5, 0.42, 0, 1, 0.009 * noise),
      ...blob(random, 22, 0.36, 0.62, 0.026 * noise),
      ...blob(random, 22, 0.64, 0.62, 0.026 * noise),
      ...arc(random, 34, 0.5, 0.46, 0.22, 0.56, 0.94, 0.009 * noise),
    ],
  },
  bars: {
    title: 'Bars of unlike density',
    lesson: 'Three bars, but the dense one weighs most: centers go where points are many, not where bars are.',
    k: 3,
    seed: 4,
    points: 25,
    make: bars,
  },
  own: {
    title: 'Your own points',
    lesson: 'Click or tap to place points. How many groups do you see, and how many does k-means?',
    k: 3,
    seed: 1,
    points: 1,
    make: () => [],
  },
};

/** Int32Array(2n): the points of an example on the grid. noise: 1 as in the figures, 0 to 3. */
export function pointsOfExample(name, noise) {
  const { make, points } = EXAMPLES[name];
  const made = make(new SplitMix64(points), noise);
  return Int32Array.from(made.flat(), (value) => Math.round(SIDE * Math.max(0.03, Math.min(0.97, value))));
}
