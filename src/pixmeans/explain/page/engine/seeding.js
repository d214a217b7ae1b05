// How the first centroids are chosen, as clustering/seeding.py does it: the same chance, the same centroids.

import { SplitMix64 } from './random.js';
import { mortonCode } from './histogram.js';
import { SPACES, toGrid } from './spaces.js';

/** The starts that a page offers, by their names in `Settings.init`; 'placed' is a person's own. */
export const STARTS = ['random-pixels', 'random-colors', 'k-means++', 'placed'];

/**
 * The first centroids: Int32Array(3k) in grid steps, of fewer centroids where there are fewer points.
 * colors: Uint8Array(3n); points: Int32Array(3n), the same on the grid; weights: Float64Array(n) of whole numbers.
 * placed: Uint8Array(3k), the colors where a person put them.
 */
export function firstCentroids({ start, colors, points, weights, k, seed, space, placed = null }) {
  const random = new SplitMix64(seed);
  if (start === 'placed') return toGrid(placed, space);
  if (start === 'random-colors') return randomColors(k, random, space);
  if (start === 'k-means++') return plusPlus(colors, points, weights, k, random, SPACES[space].scale);
  return randomPoints(points, weights, 3, k, random);
}

/** k different points, each drawn with a chance proportional to its weight. points: Int32Array(d * n). */
export function randomPoints(points, weights, d, k, random) {
  let room = 0;
  const ends = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] > 0) room++;
    total += weights[i];
    ends[i] = total;
  }
  const rows = new Set();
  while (rows.size < Math.min(k, room)) rows.add(firstAbove(ends, random.below(total)));
  return rowsOf(points, [...rows], d);
}

/** k centroids at random 8-bit colors. */
function randomColors(k, random, space) {
  const colors = new Uint8Array(3 * k);
  for (let i = 0; i < colors.length; i++) colors[i] = random.below(256);
  return toGrid(colors, space);
}

/** Greedy k-means++: each next centroid is the best of 2 + log k cells drawn by their cost so far. */
function plusPlus(colors, points, weights, k, random, scale) {
  const cells = enoughCells(colors, points, weights, k);
  const n = cells.weights.length;
  const trials = 2 + Math.floor(Math.log(k));
  let costs = new Float64Array(n).fill(Infinity);
  const draw = (amounts) => {
    const ends = new Float64Array(n);
    let total = 0;
    for (let i = 0; i < n; i++) ends[i] = total += amounts[i];
    return total > 0 ? () => firstAbove(ends, random.uniform() * total) : null;
  };
  // Costs are in squared units, exactly those of Python: whole numbers divided by a power of two.
  const lowered = (row) => {
    const next = new Float64Array(n);
    const [x, y, z] = cells.points.subarray(3 * row, 3 * row + 3);
    let total = 0;
    for (let i = 0; i < n; i++) {
      const a = cells.points[3 * i] - x;
      const b = cells.points[3 * i + 1] - y;
      const c = cells.points[3 * i + 2] - z;
      const cost = (cells.weights[i] * (a * a + b * b + c * c)) / (scale * scale);
      next[i] = costs[i] < cost ? costs[i] : cost;
      total += next[i];
    }
    return { costs: next, total };
  };
  const rows = [draw(cells.weights)()];
  costs = lowered(rows[0]).costs;
  while (rows.length < k) {
    const drawn = draw(costs);
    if (drawn === null) break;
    const tried = Array.from({ length: trials }, drawn);
    let best = null;
    for (const row of tried) {
      const found = lowered(row);
      if (best === null || found.total < best.total) best = { ...found, row };
    }
    rows.push(best.row);
    costs = best.costs;
  }
  return rowsOf(cells.points, rows, 3);
}

/** The means of cells of 4 x 4 x 4 colors with their weights, or the points themselves where cells would be too few. */
function enoughCells(colors, points, weights, k) {
  const n = weights.length;
  const means = new Int32Array(3 * n);
  const together = new Float64Array(n);
  let found = 0;
  for (let i = 0; i < n; ) {
    const code = mortonCode(colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]) >> 6;
    let weight = 0;
    let x = 0;
    let y = 0;
    let z = 0;
    for (; i < n && mortonCode(colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]) >> 6 === code; i++) {
      weight += weights[i];
      x += weights[i] * points[3 * i];
      y += weights[i] * points[3 * i + 1];
      z += weights[i] * points[3 * i + 2];
    }
    together[found] = weight;
    [x, y, z].forEach((sum, c) => (means[3 * found + c] = Math.floor((2 * sum + weight) / (2 * weight))));
    found++;
  }
  if (found < 8 * k) return { points, weights };
  return { points: means.subarray(0, 3 * found), weights: together.subarray(0, found) };
}

/** The first row whose end lies above a number. ends: ascending. */
function firstAbove(ends, number) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowsOf(points, rows, d) {
  const chosen = new Int32Array(d * rows.length);
  rows.forEach((row, i) => chosen.set(points.subarray(d * row, d * row + d), d * i));
  return chosen;
}
