// From centroids to a palette and indices, as quantize/rounding.py and palette_design.py do it without polishing:
// the same 8-bit colors, all different, and the same entry for each color of the picture.

import { assign } from './kmeans.js';
import { isBroken, nearestWithin, relationsOf } from './relations.js';
import { SPACES, toBytes, toGrid, unitsToBytes } from './spaces.js';

const KEEPING = 8; // times that entries may change to keep their clusters' relations; once is usual

/**
 * The palette of a run: {palette: Uint8Array(3k), labels: Uint16Array(n), frozen: Uint8Array(k) which entries are pinned},
 * most used first.
 * picture: {colors, counts, points} as the worker keeps them. centroids: Int32Array(3k) in grid steps.
 * pinned: Uint8Array(k) or null.
 */
export function finish(picture, centroids, space, pinned = null) {
  const { colors, counts } = picture;
  const n = counts.length;
  const { palette, labels, held } =
    n <= centroids.length / 3
      ? { palette: colors, labels: Uint16Array.from({ length: n }, (_, i) => i), held: 0 }
      : rounded(picture, centroids, space, pinned);
  const k = palette.length / 3;
  const shares = new Float64Array(k);
  for (let i = 0; i < n; i++) shares[labels[i]] += counts[i];
  const order = Array.from({ length: k }, (_, j) => j).sort((a, b) => shares[b] - shares[a] || a - b);
  const places = new Uint16Array(k);
  order.forEach((j, place) => (places[j] = place));
  return {
    palette: Uint8Array.from(order.flatMap((j) => Array.from(palette.subarray(3 * j, 3 * j + 3)))),
    labels: labels.map((label) => places[label]),
    frozen: Uint8Array.from(order, (j) => (j < held ? 1 : 0)),
  };
}

/** The 8-bit colors of centroids, pinned ones first, each with what its cluster's colors have in common. */
function rounded(picture, centroids, space, pinned) {
  const { colors, counts, points } = picture;
  const wanted = centroids.length / 3;
  const bytes = toBytes(centroids, space);
  const rows = Array.from({ length: centroids.length / 3 }, (_, j) => Array.from(bytes.subarray(3 * j, 3 * j + 3)));
  const first = distinct(rows.filter((_, j) => pinned !== null && pinned[j]));
  const held = first.length;
  const strict = (k) => Uint8Array.from({ length: k }, (_, j) => (j < held ? 1 : 0));
  let palette = fill(picture, distinct([...first, ...rows.filter((_, j) => pinned === null || !pinned[j])]), wanted, space);
  for (let round = 0; round < KEEPING; round++) {
    const sums = assign(points, counts, 3, toGrid(palette, space));
    const k = palette.length / 3;
    const relations = relationsOf(colors, counts, sums.labels, k, strict(k));
    const kept = Array.from({ length: k }, (_, j) => Array.from(palette.subarray(3 * j, 3 * j + 3)));
    const broken = kept.map((_, j) => j).filter((j) => j >= held && isBroken(relations, j, palette));
    if (broken.length === 0) return { palette, labels: sums.labels, held };
    for (const j of broken) kept[j] = nearestWithin(relations, j, kept[j], meanOf(sums, j, palette, space), space);
    palette = fill(picture, distinct(kept), wanted, space);
  }
  return { palette, labels: assign(points, counts, 3, toGrid(palette, space)).labels, held };
}

/** The mean of a cluster on the grid, in units; where it is empty, its entry. */
function meanOf(sums, j, palette, space) {
  const weight = sums.weights[j];
  const { scale } = SPACES[space];
  if (weight === 0) return Array.from(toGrid(palette.slice(3 * j, 3 * j + 3), space), (step) => step / scale);
  return [0, 1, 2].map((c) => Math.floor((2 * sums.totals[3 * j + c] + weight) / (2 * weight)) / scale);
}

const keyOf = (color) => (color[0] << 16) | (color[1] << 8) | color[2];

/** Each color once, where it stood first. */
function distinct(colors) {
  const seen = new Map();
  for (const color of colors) if (!seen.has(keyOf(color))) seen.set(keyOf(color), color);
  return [...seen.values()];
}

/** The palette, and as many of the worst-served colors as are missing to k. Uint8Array(3k). */
function fill({ colors, counts, points }, palette, k, space) {
  const chosen = palette.map((color) => Array.from(color));
  if (chosen.length < k) {
    const grid = toGrid(Uint8Array.from(chosen.flat()), space);
    const { labels } = assign(points, counts, 3, grid);
    const apart = (i, others, j) =>
      counts[i] *
      ((points[3 * i] - others[3 * j]) ** 2 +
        (points[3 * i + 1] - others[3 * j + 1]) ** 2 +
        (points[3 * i + 2] - others[3 * j + 2]) ** 2);
    const served = counts.map((_, i) => apart(i, grid, labels[i]));
    const taken = new Set(chosen.map(keyOf));
    while (chosen.length < k) {
      let worst = 0;
      for (let i = 1; i < served.length; i++) if (served[i] > served[worst]) worst = i;
      if (served[worst] === -1) break;
      const color = Array.from(colors.subarray(3 * worst, 3 * worst + 3));
      if (!taken.has(keyOf(color))) {
        taken.add(keyOf(color));
        chosen.push(color);
        for (let i = 0; i < served.length; i++) {
          if (served[i] >= 0) served[i] = Math.min(served[i], apart(i, points, worst));
        }
      }
      served[worst] = -1;
    }
  }
  return Uint8Array.from(chosen.flat());
}

/** Uint8Array(n): the nearest entry of each pixel, 0 where it is transparent. */
export function nearest(where, labels) {
  return Uint8Array.from(where, (color) => (color < 0 ? 0 : labels[color]));
}

/**
 * The palette for dithering, Uint8Array(3k): entries a little farther from the mean, so that mixtures reach more colors
 * (`variance_matched` of quantize/dither.py).
 */
export function varianceMatched(picture, { palette, labels, frozen }, space) {
  const { colors, counts, points } = picture;
  const k = palette.length / 3;
  const entries = toGrid(palette, space);
  const { mean, spread } = moments(points, counts);
  const members = new Float64Array(k);
  for (let i = 0; i < labels.length; i++) members[labels[i]] += counts[i];
  const between = moments(entries, members).spread;
  if (between === 0) return palette;
  const stretch = Math.min(spread / between, 1.1);
  const { scale } = SPACES[space];
  const moving = Array.from({ length: k }, (_, j) => j).filter((j) => !frozen[j]);
  const targets = moving.map((j) => [0, 1, 2].map((c) => (mean[c] + (entries[3 * j + c] - mean[c]) * stretch) / scale));
  const wide = unitsToBytes(Float64Array.from(targets.flat()), space);
  const relations = relationsOf(colors, counts, labels, k);
  const moved = palette.slice();
  const taken = new Set(Array.from({ length: k }, (_, j) => keyOf(palette.subarray(3 * j, 3 * j + 3))));
  const candidate = palette.slice();
  moving.forEach((j, i) => candidate.set(wide.subarray(3 * i, 3 * i + 3), 3 * j));
  moving.forEach((j, i) => {
    let color = Array.from(candidate.subarray(3 * j, 3 * j + 3));
    if (isBroken(relations, j, candidate)) color = nearestWithin(relations, j, color, targets[i], space);
    if (taken.has(keyOf(color))) return;
    taken.add(keyOf(color));
    moved.set(color, 3 * j);
  });
  return moved;
}

/** The weighted mean and the variance, summed over coordinates, of grid points; sums are exact. */
function moments(points, weights) {
  let total = 0n;
  const sums = [0n, 0n, 0n];
  let squares = 0n;
  // Parts of the sums stay below 2**53, and only these are added as BigInts, which are slow.
  const chunk = 4096;
  for (let first = 0; first < weights.length; first += chunk) {
    const end = Math.min(weights.length, first + chunk);
    let weight = 0;
    const part = [0, 0, 0];
    for (let i = first; i < end; i++) {
      weight += weights[i];
      let square = 0;
      for (let c = 0; c < 3; c++) {
        part[c] += weights[i] * points[3 * i + c];
        square += points[3 * i + c] ** 2;
      }
      squares += BigInt(weights[i] * square);
    }
    total += BigInt(weight);
    part.forEach((sum, c) => (sums[c] += BigInt(sum)));
  }
  const cross = squares * total - sums.reduce((all, sum) => all + sum * sum, 0n);
  return { mean: sums.map((sum) => Number(sum) / Number(total)), spread: quotient(cross, total * total) };
}

/** a / b rounded once, of whole numbers that may be too large for a float; a >= 0. */
function quotient(a, b) {
  const shift = BigInt(Math.max(0, 64 + b.toString(2).length - a.toString(2).length));
  const whole = (a << shift) / b;
  const rest = (a << shift) % b === 0n ? 0n : 1n;
  return Number((whole << 1n) | rest) / 2 ** (Number(shift) + 1);
}

/** The mean squared error, summed over R, G, B, of entries for the colors of a histogram. */
export function meanSquaredError(colors, counts, palette, labels) {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    let square = 0;
    for (let c = 0; c < 3; c++) square += (colors[3 * i + c] - palette[3 * labels[i] + c]) ** 2;
    sum += counts[i] * square;
    total += counts[i];
  }
  return sum / total;
}
