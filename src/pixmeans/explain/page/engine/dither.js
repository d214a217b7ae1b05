// Dithering, as quantize/dither.py does it for opaque and fully transparent pixels: the same pixels.

import { SplitMix64 } from './random.js';
import { SPACES, toGrid } from './spaces.js';
import { assign } from './kmeans.js';

/** The dithers of a page, by their names in `Settings.dither`. */
export const DITHERS = ['none', 'floyd-steinberg', 'auto', 'blue-noise', 'bayer'];

const LEVELS = 4096; // thresholds of masks are 0..LEVELS-1
const CUBE = 9; // lists of entries are kept for cubes of 2**CUBE grid steps
const FAR_SPACINGS = 4; // see kernels/dither.py

/**
 * Uint8Array(width * height): the entry of each pixel, 0 where it is transparent.
 * picture: {colors, counts, points, where, width, height}. palette: Uint8Array(3k), as `varianceMatched` gives it.
 */
export function dither(picture, palette, space, method) {
  const scene = sceneOf(picture, palette, space);
  if (method === 'bayer' || method === 'blue-noise') {
    return masked(picture, scene, method === 'bayer' ? bayer() : blueNoise(64));
  }
  const [least, most] = method === 'auto' ? [192, 228] : [240, 240];
  return diffused(picture, scene, least, most);
}

/** What the methods share: entries on the grid, the nearest entry of each color, and whether it is that entry. */
function sceneOf({ colors, counts, points }, palette, space) {
  const k = palette.length / 3;
  const entries = toGrid(palette, space);
  const labels = assign(points, counts, 3, entries).labels;
  const exact = new Uint8Array(counts.length);
  const place = new Map();
  for (let j = k - 1; j >= 0; j--) place.set((palette[3 * j] << 16) | (palette[3 * j + 1] << 8) | palette[3 * j + 2], j);
  for (let i = 0; i < counts.length; i++) {
    const j = place.get((colors[3 * i] << 16) | (colors[3 * i + 1] << 8) | colors[3 * i + 2]);
    const label = labels[i];
    if (j === undefined || [0, 1, 2].some((c) => points[3 * i + c] !== entries[3 * label + c])) continue;
    labels[i] = j;
    exact[i] = 1;
  }
  const low = [0, 1, 2].map((c) => entries.reduce((least, value, i) => (i % 3 === c ? Math.min(least, value) : least), Infinity));
  const high = [0, 1, 2].map((c) => entries.reduce((most, value, i) => (i % 3 === c ? Math.max(most, value) : most), -Infinity));
  return { points, entries, labels, exact, low, high, spacing: spacing(entries), find: finder(entries), space: SPACES[space] };
}

/** The squared distance of each entry to the nearest other one, at least 1. */
function spacing(entries) {
  const k = entries.length / 3;
  return Float64Array.from({ length: k }, (_, i) => {
    let least = 2 ** 32;
    for (let j = 0; j < k; j++) {
      if (j === i) continue;
      const [a, b, c] = [0, 1, 2].map((axis) => entries[3 * i + axis] - entries[3 * j + axis]);
      least = Math.min(least, a * a + b * b + c * c);
    }
    return Math.max(1, least);
  });
}

/** (x, y, z) -> the nearest entry, the first of several: those that can be nearest in a cube are listed once. */
function finder(entries) {
  const k = entries.length / 3;
  const lists = new Map();
  const side = 2 ** CUBE - 1;
  const listOf = (i, j, l) => {
    const corner = [i * 2 ** CUBE, j * 2 ** CUBE, l * 2 ** CUBE];
    const least = new Float64Array(k);
    let bound = Infinity;
    for (let e = 0; e < k; e++) {
      let farthest = 0;
      for (let c = 0; c < 3; c++) {
        const below = corner[c] - entries[3 * e + c];
        const above = entries[3 * e + c] - (corner[c] + side);
        least[e] += Math.max(0, below, above) ** 2;
        farthest += Math.max(Math.abs(below), Math.abs(above)) ** 2;
      }
      bound = Math.min(bound, farthest);
    }
    return Uint16Array.from(least.keys()).filter((e) => least[e] <= bound);
  };
  return (x, y, z) => {
    const [i, j, l] = [x >> CUBE, y >> CUBE, z >> CUBE];
    const key = ((i + 256) * 512 + j + 256) * 512 + l + 256;
    let list = lists.get(key);
    if (list === undefined) lists.set(key, (list = listOf(i, j, l)));
    let best = Infinity;
    let found = 0;
    for (let t = 0; t < list.length; t++) {
      const e = list[t];
      const a = x - entries[3 * e];
      const b = y - entries[3 * e + 1];
      const c = z - entries[3 * e + 2];
      const distance = a * a + b * b + c * c;
      if (distance < best) {
        best = distance;
        found = e;
      }
    }
    return found;
  };
}

/** A coordinate with its error, error x gain / 4096 rounded, no farther out than the entries reach. */
function movedBy(point, error, gain, low, high) {
  const x = point + ((error * gain + 2048) >> 12);
  return Math.min(Math.max(x, Math.min(point, low)), Math.max(point, high));
}

/** Floyd-Steinberg, from left to right and back; see `diffuse` in kernels/dither.py. */
function diffused({ where, width, height }, scene, least, most) {
  const { points, entries, labels, exact, low, high, find, space } = scene;
  const indices = new Uint8Array(width * height);
  const coordinate = (color, c) => (color < 0 ? space.middle[c] : points[3 * color + c]);
  const apart = (one, other) => {
    let sum = one < 0 !== other < 0 ? space.alpha * space.alpha : 0;
    for (let c = 0; c < 3; c++) sum += (coordinate(one, c) - coordinate(other, c)) ** 2;
    return sum;
  };
  let at = new Int32Array(3 * (width + 2));
  let under = new Int32Array(3 * (width + 2));
  const below = new Float64Array(width);
  const ahead = [0, 0, 0]; // what the next pixel of the line takes
  const p = [0, 0, 0];
  const q = [0, 0, 0];
  const from = (point, entry) => [0, 1, 2].reduce((sum, c) => sum + (point[c] - entries[3 * entry + c]) ** 2, 0);
  for (let y = 0; y < height; y++) {
    const step = y & 1 ? -1 : 1;
    const down = y + 1 < height ? y + 1 : y;
    let x = y & 1 ? width - 1 : 0;
    let next = 0;
    ahead.fill(0);
    under.fill(0);
    for (let count = 0; count < width; count++, x += step) {
      const color = where[y * width + x];
      const has = x + step >= 0 && x + step < width;
      let gain = most;
      let closest = 0;
      let farthest = 0;
      const label = color < 0 ? 0 : labels[color];
      if (least !== most) {
        // Distances to the pixels above and behind are those that they had to this one.
        const above = below[x];
        const behind = next;
        below[x] = apart(color, where[down * width + x]);
        next = has ? apart(color, where[y * width + x + step]) : 0;
        closest = Math.min(above, behind, below[x], next);
        farthest = Math.max(above, behind, below[x], next);
        const busy = above + behind + below[x] + next;
        const wide = scene.spacing[label];
        gain = least + Math.floor(((most - least) * wide) / (wide + busy));
      }
      if (color < 0) {
        ahead.fill(0);
        continue;
      }
      const here = 3 * (x + 1);
      let still = true;
      let square = 0;
      for (let c = 0; c < 3; c++) {
        p[c] = points[3 * color + c];
        q[c] = movedBy(p[c], ahead[c] + at[here + c], gain, low[c], high[c]);
        still = still && q[c] === p[c];
        square += (q[c] - p[c]) ** 2;
      }
      const wide = scene.spacing[label];
      const swallows =
        least !== most && ((closest === 0 && (farthest === 0 || farthest > FAR_SPACINGS * wide)) || 4 * square < wide);
      let index = label;
      if (exact[color] && (still || swallows)) {
        q.fill(0);
      } else {
        index = find(q[0], q[1], q[2]);
        if (least !== most && index !== label && from(p, index) > FAR_SPACINGS * (wide + from(p, label))) {
          index = label; // what is far from the color would be a speck
          for (let c = 0; c < 3; c++) q[c] = p[c];
        }
        for (let c = 0; c < 3; c++) q[c] -= entries[3 * index + c];
      }
      indices[y * width + x] = index;
      const passes = !has || where[y * width + x + step] >= 0;
      for (let c = 0; c < 3; c++) {
        ahead[c] = passes ? 7 * q[c] : 0;
        if (x - step < 0 || x - step >= width || where[down * width + x - step] >= 0) under[here - 3 * step + c] += 3 * q[c];
        if (where[down * width + x] >= 0) under[here + c] += 5 * q[c];
        if (!has || where[down * width + x + step] >= 0) under[here + 3 * step + c] += q[c];
      }
    }
    [at, under] = [under, at];
  }
  return indices;
}

/** Each color is mixed of two entries: the nearest, and the one nearest to where as much lies on the other side. */
function masked({ where, width, height }, scene, { thresholds, side }) {
  const { points, entries, labels, exact, low, high, find } = scene;
  const second = labels.slice();
  const share = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const first = labels[i];
    const opposite = [0, 1, 2].map((c) => {
      const own = points[3 * i + c];
      const other = 2 * own - entries[3 * first + c];
      return Math.min(Math.max(other, Math.min(own, low[c])), Math.max(own, high[c]));
    });
    if (!exact[i]) second[i] = find(opposite[0], opposite[1], opposite[2]);
    let length = 0;
    let along = 0;
    for (let c = 0; c < 3; c++) {
      const way = entries[3 * second[i] + c] - entries[3 * first + c];
      length += way * way;
      along += way * (points[3 * i + c] - entries[3 * first + c]);
    }
    share[i] = Math.min(LEVELS, Math.max(0, Math.floor((LEVELS * along) / Math.max(1, length))));
  }
  const indices = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = where[y * width + x];
      if (color < 0) continue;
      const limit = thresholds[(y % side) * side + (x % side)];
      indices[y * width + x] = share[color] > limit ? second[color] : labels[color];
    }
  }
  return indices;
}

/** Bayer's thresholds, 8 x 8, each in the middle of its step. */
export function bayer() {
  let ranks = [[0]];
  for (let round = 0; round < 3; round++) {
    const top = ranks.map((row) => [...row.map((v) => 4 * v), ...row.map((v) => 4 * v + 2)]);
    const bottom = ranks.map((row) => [...row.map((v) => 4 * v + 3), ...row.map((v) => 4 * v + 1)]);
    ranks = [...top, ...bottom];
  }
  return { side: 8, thresholds: Int32Array.from(ranks.flat(), (rank) => rank * (LEVELS / 64) + LEVELS / 128) };
}

const masks = new Map();

/** A blue-noise mask by void-and-cluster (Ulichney, 1993): 0..side*side-1, each once. side: a power of two. */
export function blueNoise(side) {
  if (!masks.has(side)) masks.set(side, { side, thresholds: voidAndCluster(side) });
  return masks.get(side);
}

function voidAndCluster(side) {
  const size = side * side;
  const random = new SplitMix64(0);
  const held = new Uint8Array(size);
  for (let i = 0; i < Math.floor(size / 10); i++) held[random.below(size)] = 1;
  const powers = [1]; // of exp(-1 / (2 x 1.5^2)), spelled out: powers of browsers may differ
  while (powers.length <= 2 * (side / 2) ** 2) powers.push(powers[powers.length - 1] * 0.8007374029168081);
  const away = (i) => Math.min(i, side - i) ** 2;
  const weights = Int32Array.from({ length: size }, (_, i) =>
    Math.floor(powers[away(i % side) + away(Math.floor(i / side))] * 2 ** 24 + 0.5),
  );
  const crowding = new Float64Array(size);
  const put = (to, flags, place, one) => {
    flags[place] = one;
    const [top, left] = [Math.floor(place / side), place % side];
    for (let y = 0; y < side; y++) {
      const row = ((y - top) & (side - 1)) * side;
      for (let x = 0; x < side; x++) to[y * side + x] += (one ? 1 : -1) * weights[row + ((x - left) & (side - 1))];
    }
  };
  const extreme = (of, flags, one) => {
    let best = -1;
    for (let i = 0; i < size; i++) {
      if (flags[i] === one && (best < 0 || (one ? of[i] > of[best] : of[i] < of[best]))) best = i;
    }
    return best;
  };
  let ones = 0;
  for (let i = 0; i < size; i++) {
    if (!held[i]) continue;
    put(crowding, held, i, 1);
    ones++;
  }
  for (;;) {
    const tight = extreme(crowding, held, 1);
    put(crowding, held, tight, 0);
    const free = extreme(crowding, held, 0);
    put(crowding, held, free, 1);
    if (free === tight) break;
  }
  const first = crowding.slice();
  const kept = held.slice();
  const ranks = new Int32Array(size);
  for (let rank = ones; rank < size; rank++) {
    const place = extreme(crowding, held, 0);
    put(crowding, held, place, 1);
    ranks[place] = rank;
  }
  for (let rank = ones - 1; rank >= 0; rank--) {
    const place = extreme(first, kept, 1);
    put(first, kept, place, 0);
    ranks[place] = rank;
  }
  return ranks;
}
