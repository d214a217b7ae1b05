// The worker: one picture, its histogram, and runs of k-means on it, in slices so that a run can be cancelled.

import { dither } from './dither.js';
import { histogram } from './histogram.js';
import { lloyd } from './kmeans.js';
import { indexedPng } from './png.js';
import { finish, meanSquaredError, nearest, varianceMatched } from './remap.js';
import { firstCentroids } from './seeding.js';
import { SPACES, toGrid } from './spaces.js';

const SLICE = 12; // milliseconds of a run after which steps are handed over and messages are read

/** What the worker keeps of a picture. */
export class Picture {
  constructor({ rgba, width, height }) {
    Object.assign(this, histogram(rgba, width, height), { width, height });
    this.grids = new Map();
  }

  /** The colors on the grid of a space. */
  points(space) {
    if (!this.grids.has(space)) this.grids.set(space, toGrid(this.colors, space));
    return this.grids.get(space);
  }

  /**
   * How many centroids a palette of k colors has: transparent pixels take one entry, and there is no use for more than
   * there are colors, those of the picture and those of `keep`.
   */
  room(k, keep) {
    let more = keep.length / 3;
    for (let i = 0; i < keep.length; i += 3) {
      const [red, green, blue] = keep.subarray(i, i + 3);
      for (let j = 0; j < this.colors.length; j += 3) {
        if (this.colors[j] === red && this.colors[j + 1] === green && this.colors[j + 2] === blue) more--;
      }
    }
    return Math.max(keep.length / 3, Math.min(k - (this.transparent ? 1 : 0), this.counts.length + more));
  }

  /** The half-steps of a run, as `pixmeans.steps` yields them. keep: Uint8Array(3p), the first centroids, never moved. */
  *steps({ k, start, placed = null, seed, space, maxIterations = 30, keep = null, empty = 'keep' }) {
    const points = this.points(space);
    const kept = keep ?? new Uint8Array(0);
    const held = toGrid(kept, space);
    const free = this.room(k, kept) - held.length / 3;
    const chosen =
      free > 0
        ? firstCentroids({ start, colors: this.colors, points, weights: this.counts, k: free, seed, space, placed })
        : new Int32Array(0);
    const first = new Int32Array(held.length + chosen.length);
    first.set(held);
    first.set(chosen, held.length);
    const flags = held.length ? Uint8Array.from({ length: first.length / 3 }, (_, j) => (3 * j < held.length ? 1 : 0)) : null;
    yield* lloyd(points, this.counts, 3, first, { maxIterations, scale: SPACES[space].scale, pinned: flags, empty });
  }

  /**
   * The palette and the indices of centroids, Int32Array(3k): what the file of this run holds.
   * Returns {indices: Uint8Array(width * height), palette: Uint8Array(3K), alpha: Uint8Array(K) or null, mse, png}, the
   * transparent entry first where there is one. mse: over visible pixels, the squared error summed over R, G, B.
   */
  async file({ centroids, space, dither: method = 'none', kept = 0 }) {
    const flags = Uint8Array.from({ length: centroids.length / 3 }, (_, j) => (j < kept ? 1 : 0));
    const design = finish(this.parts(space), centroids, space, flags);
    let { palette } = design;
    let indices;
    let mse;
    const exact = this.counts.length <= centroids.length / 3;
    if (method === 'none' || exact) {
      indices = nearest(this.where, design.labels);
      mse = meanSquaredError(this.colors, this.counts, palette, design.labels);
    } else {
      const parts = this.parts(space);
      palette = varianceMatched(parts, design, space);
      indices = dither(parts, palette, space, method);
      mse = this.errorOf(indices, palette);
    }
    let alpha = null;
    if (this.transparent) {
      const opaque = palette;
      palette = new Uint8Array(opaque.length + 3);
      palette.set(opaque, 3);
      alpha = new Uint8Array(palette.length / 3).fill(255);
      alpha[0] = 0;
      for (let i = 0; i < indices.length; i++) indices[i] = this.where[i] < 0 ? 0 : indices[i] + 1;
    }
    const png = await indexedPng({ width: this.width, height: this.height, indices, palette, alpha });
    return { indices, palette, alpha, mse, png };
  }

  parts(space) {
    const { colors, counts, where, width, height } = this;
    return { colors, counts, where, width, height, points: this.points(space) };
  }

  errorOf(indices, palette) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < indices.length; i++) {
      const color = this.where[i];
      if (color < 0) continue;
      count++;
      for (let c = 0; c < 3; c++) sum += (this.colors[3 * color + c] - palette[3 * indices[i] + c]) ** 2;
    }
    return sum / count;
  }
}

/** Answers the messages of `client.js` on a worker's scope. */
export function serve(scope) {
  let picture = null;
  const opened = new Map(); // pictures that were read and are not in use, by the numbers of their messages
  const running = new Set();

  const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

  async function run({ id, options, keep }) {
    running.add(id);
    const errors = [];
    let steps = [];
    let count = 0;
    let converged = false;
    let last = null;
    let began = performance.now();
    for (const step of picture.steps(options)) {
      count++;
      converged = step.converged;
      if (step.phase === 'assign') errors.push(step.inertia);
      last = step;
      if (keep === 'all') steps.push(step.phase === 'assign' ? step : { ...step, labels: null });
      if (performance.now() - began < SLICE) continue;
      if (steps.length) scope.postMessage({ id, steps });
      steps = [];
      await pause();
      if (!running.has(id)) break;
      began = performance.now();
    }
    const cancelled = !running.delete(id);
    if (keep === 'last') steps = [last];
    scope.postMessage({ id, steps: cancelled ? [] : steps, done: { steps: count, converged, errors, cancelled } });
  }

  async function answer(message) {
    const { id, type } = message;
    try {
      if (type === 'open') {
        const read = new Picture(message.picture);
        opened.set(id, read);
        const { colors, counts, where, transparent, preview } = read;
        const visible = read.width * read.height - transparent;
        scope.postMessage({ id, done: { number: id, n: counts.length, colors, counts, where, transparent, visible, preview } });
      } else if (type === 'use') {
        picture = opened.get(message.number);
        for (const number of opened.keys()) if (number <= message.number) opened.delete(number);
      } else if (type === 'run') {
        await run(message);
      } else if (type === 'cancel') {
        running.delete(message.run);
      } else if (type === 'file') {
        scope.postMessage({ id, done: await picture.file(message.options) });
      }
    } catch (error) {
      scope.postMessage({ id, error: String(error && error.message ? error.message : error) });
    }
  }

  scope.onmessage = (event) => answer(event.data);
}

// In the page this module is only loaded along; in a worker it begins to listen.
if (typeof document === 'undefined' && typeof self !== 'undefined' && typeof postMessage === 'function') serve(self);
