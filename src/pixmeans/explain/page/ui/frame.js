// What a half-step means for the picture: the palette, the entry of each pixel, and how large the error is.

import { SPACES, toBytes, toGrid } from '../engine/spaces.js';

const palettes = new WeakMap();
const entries = new WeakMap();

/** (3k,) the palette's bytes of a step. */
export function paletteOf(step, space) {
  let known = palettes.get(step);
  if (!known || known.space !== space) {
    known = { space, bytes: toBytes(step.centroids, space) };
    palettes.set(step, known);
  }
  return known.bytes;
}

/** (3n,) the points of a picture's colors on the grid of a space; made once a picture. */
export function pointsOf(picture, space) {
  picture.points ||= {};
  picture.points[space] ||= toGrid(picture.colors, space);
  return picture.points[space];
}

/** (pixels,) the palette entry of each pixel; 0 where the picture is transparent. Kept for the last step asked for. */
export function entriesOf(step, picture) {
  const known = entries.get(picture);
  if (known && known.labels === step.labels) return known.bytes;
  const { where } = picture;
  const { labels } = step;
  const bytes = known ? known.bytes : new Uint8Array(where.length);
  for (let pixel = 0; pixel < where.length; pixel++) {
    const color = where[pixel];
    bytes[pixel] = color < 0 ? 0 : labels[color];
  }
  entries.set(picture, { labels: step.labels, bytes });
  return bytes;
}

/** The root of the mean squared distance between colors and their centroids. weights: (n,) how often each counts. */
export function errorOf(step, picture, space, weights) {
  const points = pointsOf(picture, space);
  const { centroids, labels } = step;
  let sum = 0;
  let total = 0;
  for (let color = 0, at = 0; color < weights.length; color++, at += 3) {
    const weight = weights[color];
    if (!weight) continue;
    const own = 3 * labels[color];
    const x = points[at] - centroids[own];
    const y = points[at + 1] - centroids[own + 1];
    const z = points[at + 2] - centroids[own + 2];
    sum += weight * (x * x + y * y + z * z);
    total += weight;
  }
  return total ? Math.sqrt(sum / total) / SPACES[space].scale : 0;
}

/** (n,) how many pixels of each color lie within a rectangle {x, y, width, height}. */
export function weightsWithin(picture, { x, y, width, height }) {
  const weights = new Float64Array(picture.counts.length);
  for (let row = y; row < y + height; row++) {
    for (let pixel = row * picture.width + x, end = pixel + width; pixel < end; pixel++) {
      if (picture.where[pixel] >= 0) weights[picture.where[pixel]]++;
    }
  }
  return weights;
}

/** The squared error of the pixels as they are shown: its mean summed over R, G and B, and the largest. */
export function pixelErrors(picture, bytes, palette) {
  const { rgba, where } = picture;
  let sum = 0;
  let count = 0;
  const worst = new Uint32Array(442); // a histogram of distances: 441 is from black to white
  for (let pixel = 0, at = 0; pixel < where.length; pixel++, at += 4) {
    if (where[pixel] < 0) continue;
    const own = 3 * bytes[pixel];
    const red = rgba[at] - palette[own];
    const green = rgba[at + 1] - palette[own + 1];
    const blue = rgba[at + 2] - palette[own + 2];
    const square = red * red + green * green + blue * blue;
    sum += square;
    worst[Math.floor(Math.sqrt(square))]++;
    count++;
  }
  let left = Math.ceil(count / 1000);
  let distance = 441;
  while (distance > 0 && (left -= worst[distance]) > 0) distance--;
  const mse = count ? sum / count : 0;
  return { mse, rmse: Math.sqrt(mse), psnr: mse ? 10 * Math.log10((255 * 255 * 3) / mse) : Infinity, worst: distance };
}
