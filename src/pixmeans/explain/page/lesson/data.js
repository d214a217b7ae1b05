// What the steps of the lesson look at: the picture of the studio, runs on it, and its small vivid color.

import { placesOf } from '../ui/camera.js';
import { pointsOf } from '../ui/frame.js';
import { packed } from '../ui/paint.js';

const MOST_DOTS = 80000; // pixels that fly
const NEAR = 60 * 60; // squared distance in sRGB up to which a color counts as the vivid one

/** Everything the lesson knows of one picture. engine: one of its own, so that the studio's run is left alone. */
export class LessonData {
  constructor(picture, engine) {
    this.picture = picture;
    this.engine = engine;
    this.runs = new Map();
    this.loaded = engine.load(picture);
    this.places = placesOf(pointsOf(picture, 'rgb'), 'rgb');
    this.inks = Uint32Array.from(picture.counts, (_, color) => packed(picture.colors, 3 * color));
  }

  /**
   * A run of plain k-means in sRGB: {steps, errors: RMSE after each assignment}. options: k, seed, keep: bytes of pinned
   * colors. Runs are kept.
   */
  async run({ k, seed, keep = new Uint8Array(0) }) {
    const key = `${k} ${seed} ${keep.join()}`;
    if (!this.runs.has(key)) {
      const asked = { k, seed, keep, start: 'random-pixels', space: 'rgb', maxIterations: 30, placed: null };
      const made = this.loaded.then(async () => {
        const steps = [];
        const { errors } = await this.engine.run(asked, (batch) => steps.push(...batch));
        return { steps, errors: errors.map((inertia) => Math.sqrt(inertia / this.picture.visible)) };
      });
      this.runs.set(key, made);
    }
    return this.runs.get(key);
  }

  /** Some of the pixels: {places: in the picture, ends: in the cube, inks, pitch: how far neighbors stand apart}. */
  get dots() {
    if (this.someDots) return this.someDots;
    const { width, height, where } = this.picture;
    const stride = Math.max(1, Math.ceil(Math.sqrt((width * height) / MOST_DOTS)));
    const places = [];
    const ends = [];
    const inks = [];
    const wide = 1.15 * Math.min(1, (1.2 * width) / height);
    for (let y = 0; y < height; y += stride) {
      for (let x = 0; x < width; x += stride) {
        const color = where[y * width + x];
        if (color < 0) continue;
        places.push((x / width - 0.5) * wide, ((0.5 - y / height) * wide * height) / width, 0);
        ends.push(this.places[3 * color], this.places[3 * color + 1], this.places[3 * color + 2]);
        inks.push(this.inks[color]);
      }
    }
    const pitch = (wide * stride) / width;
    this.someDots = { places: Float32Array.from(places), ends: Float32Array.from(ends), inks: Uint32Array.from(inks), pitch };
    return this.someDots;
  }

  /** Piles of equal colors, 8 x 8 x 8 for all: [{place, color, share}], the highest first. */
  get piles() {
    const { colors, counts, visible } = this.picture;
    const sums = new Map();
    for (let i = 0; i < counts.length; i++) {
      const key = ((colors[3 * i] >> 5) << 6) | ((colors[3 * i + 1] >> 5) << 3) | (colors[3 * i + 2] >> 5);
      const sum = sums.get(key) || [0, 0, 0, 0];
      for (let c = 0; c < 3; c++) sum[c] += counts[i] * colors[3 * i + c];
      sum[3] += counts[i];
      sums.set(key, sum);
    }
    return [...sums.values()]
      .map(([red, green, blue, count]) => ({ mean: [red / count, green / count, blue / count], share: count / visible }))
      .sort((one, other) => other.share - one.share)
      .map(({ mean, share }) => ({ place: mean.map((value) => value / 255 - 0.5), color: cssOf(mean), share, mean }));
  }

  /** One of the pixels of a color: that in the middle of all of them. */
  pixelOf(color) {
    const { counts, where } = this.picture;
    let left = Math.floor(counts[color] / 2);
    return where.findIndex((one) => one === color && left-- === 0);
  }

  /**
   * The small vivid color that few centers find, such as the orange of the fish: {color: [r, g, b], counts: of the pixels
   * of each color that count as it, total, x, y: the middle of where most of them are}.
   */
  get vivid() {
    if (this.found) return this.found;
    const { colors, counts, width, height, where } = this.picture;
    const small = this.piles.filter(({ share }) => share > 0.0004 && share < 0.04);
    const chroma = ({ mean }) => Math.max(...mean) - Math.min(...mean);
    const best = [...(small.length ? small : this.piles)].sort((one, other) => chroma(other) - chroma(one))[0];
    const own = new Float64Array(counts.length);
    let total = 0;
    for (let i = 0; i < counts.length; i++) {
      if (best.mean.reduce((sum, value, c) => sum + (value - colors[3 * i + c]) ** 2, 0) > NEAR) continue;
      own[i] = counts[i];
      total += counts[i];
    }
    const side = 32;
    const columns = Math.ceil(width / side);
    const blocks = new Float64Array(columns * Math.ceil(height / side));
    where.forEach((color, pixel) => {
      if (color < 0 || !own[color]) return;
      blocks[Math.floor(Math.floor(pixel / width) / side) * columns + Math.floor((pixel % width) / side)]++;
    });
    const block = blocks.indexOf(Math.max(...blocks));
    const x = Math.min(width - 1, (block % columns) * side + side / 2);
    const y = Math.min(height - 1, Math.floor(block / columns) * side + side / 2);
    this.found = { color: best.mean.map(Math.round), counts: own, total, x, y };
    return this.found;
  }

  /** The RMSE of some pixels after a step. counts: (n,) how many of each color. */
  errorOf(step, counts) {
    const { colors } = this.picture;
    let sum = 0;
    let total = 0;
    for (let i = 0; i < counts.length; i++) {
      if (!counts[i]) continue;
      const own = 3 * step.labels[i];
      let square = 0;
      for (let c = 0; c < 3; c++) square += (colors[3 * i + c] - step.centroids[own + c] / 64) ** 2;
      sum += counts[i] * square;
      total += counts[i];
    }
    return total ? Math.sqrt(sum / total) : 0;
  }
}

/** A color for CSS. */
export const cssOf = (color) => `rgb(${Array.from(color, Math.round).join(' ')})`;

/** What the cloud shows of a half-step, with rings around some. marks: more circles. */
export function cloudOfStep(data, steps, at, { rings = {}, marks = [] } = {}) {
  const step = steps[at];
  const circles = Array.from(step.weights, (weight, entry) => {
    const color = step.centroids.subarray(3 * entry, 3 * entry + 3);
    return {
      entry,
      place: Array.from(color, (value) => value / 64 / 255 - 0.5),
      color: cssOf(Array.from(color, (value) => value / 64)),
      share: weight / data.picture.visible,
      ring: rings[entry] || null,
    };
  });
  const moves = steps.slice(0, at + 1).filter((one, place) => place === 0 || one.phase === 'update');
  const trails = circles.map((_, entry) => ({
    places: Float32Array.from(
      moves.flatMap((one) => Array.from(one.centroids.subarray(3 * entry, 3 * entry + 3), (value) => value / 64 / 255 - 0.5)),
    ),
    color: rings[entry] || 'rgb(242 240 234 / .75)',
  }));
  return { places: data.places, inks: data.inks, circles: [...circles, ...marks], trails, space: 'rgb' };
}
