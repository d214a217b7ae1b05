// The distinct colors of a picture in Morton order, and how often each occurs, as color/histogram.py counts them.

/** From this alpha on a pixel is opaque; below, it is transparent and not clustered (settings.USUAL_THRESHOLD). */
export const ALPHA_THRESHOLD = 128;

/** A page clusters the colors of at most so many pixels and colors themselves, and cells of 4 x 4 x 4 of more. */
export const MOST_PIXELS = 4_000_000;
export const MOST_COLORS = 200_000;

const SPREAD = Uint32Array.from({ length: 256 }, (_, byte) => {
  let spread = 0;
  for (let bit = 0; bit < 8; bit++) spread |= ((byte >> bit) & 1) << (3 * bit);
  return spread;
});

/** The bits of the channels interleaved, highest first; of one bit, red stands highest. */
export function mortonCode(red, green, blue) {
  return (SPREAD[red] << 2) | (SPREAD[green] << 1) | SPREAD[blue];
}

/**
 * rgba: of width x height pixels, 4 bytes each, straight alpha.
 * Returns {colors: Uint8Array(3n), counts: Float64Array(n), where: Int32Array(width * height) the number of each
 * pixel's color, -1 where it is transparent, transparent: how many pixels are, preview: whether colors are the means of
 * cells of 4 x 4 x 4, as there are too many for a page}.
 */
export function histogram(rgba, width, height) {
  const pixels = width * height;
  return (pixels <= MOST_PIXELS && counted(rgba, pixels)) || inCells(rgba, pixels);
}

/** The exact histogram; null if there are more than MOST_COLORS. */
function counted(rgba, pixels) {
  const where = new Int32Array(pixels);
  const keys = new Int32Array(MOST_COLORS);
  const tally = new Float64Array(MOST_COLORS);
  let bits = 16;
  let table = new Int32Array(1 << bits).fill(-1);
  // Where the search for a color begins: the high bits of the product depend on all of the color, the low ones do not.
  const firstSlot = (key) => Math.imul(key, 0x9e3779b1) >>> (32 - bits);
  let found = 0;
  let transparent = 0;
  for (let i = 0, at = 0; i < pixels; i++, at += 4) {
    if (rgba[at + 3] < ALPHA_THRESHOLD) {
      where[i] = -1;
      transparent++;
      continue;
    }
    const key = (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];
    let slot = firstSlot(key);
    while (table[slot] >= 0 && keys[table[slot]] !== key) slot = (slot + 1) & (table.length - 1);
    let color = table[slot];
    if (color < 0) {
      if (found === MOST_COLORS) return null;
      color = found++;
      table[slot] = color;
      keys[color] = key;
      if (2 * found > table.length) {
        bits++;
        table = new Int32Array(1 << bits).fill(-1);
        for (let other = 0; other < found; other++) {
          let place = firstSlot(keys[other]);
          while (table[place] >= 0) place = (place + 1) & (table.length - 1);
          table[place] = other;
        }
      }
    }
    tally[color]++;
    where[i] = color;
  }
  // Codes have 24 bits and numbers 18: both fit one number, and numbers sort faster than pairs.
  const order = new Float64Array(found);
  for (let color = 0; color < found; color++) {
    const key = keys[color];
    order[color] = mortonCode(key >> 16, (key >> 8) & 255, key & 255) * 262144 + color;
  }
  order.sort();
  const colors = new Uint8Array(3 * found);
  const counts = new Float64Array(found);
  const rank = new Int32Array(found);
  for (let i = 0; i < found; i++) {
    const color = order[i] % 262144;
    rank[color] = i;
    counts[i] = tally[color];
    colors[3 * i] = keys[color] >> 16;
    colors[3 * i + 1] = (keys[color] >> 8) & 255;
    colors[3 * i + 2] = keys[color] & 255;
  }
  for (let i = 0; i < pixels; i++) if (where[i] >= 0) where[i] = rank[where[i]];
  return { colors, counts, where, transparent, preview: false };
}

/** Cells of 4 x 4 x 4 colors with their mean color. */
function inCells(rgba, pixels) {
  const where = new Int32Array(pixels);
  const sums = new Float64Array(4 << 18);
  let transparent = 0;
  for (let i = 0, at = 0; i < pixels; i++, at += 4) {
    if (rgba[at + 3] < ALPHA_THRESHOLD) {
      where[i] = -1;
      transparent++;
      continue;
    }
    const cell = mortonCode(rgba[at], rgba[at + 1], rgba[at + 2]) >> 6;
    where[i] = cell;
    sums[4 * cell]++;
    for (let channel = 0; channel < 3; channel++) sums[4 * cell + 1 + channel] += rgba[at + channel];
  }
  const rank = new Int32Array(1 << 18);
  let found = 0;
  for (let cell = 0; cell < 1 << 18; cell++) if (sums[4 * cell]) rank[cell] = found++;
  const colors = new Uint8Array(3 * found);
  const counts = new Float64Array(found);
  for (let cell = 0; cell < 1 << 18; cell++) {
    const count = sums[4 * cell];
    if (!count) continue;
    counts[rank[cell]] = count;
    for (let channel = 0; channel < 3; channel++) {
      colors[3 * rank[cell] + channel] = Math.floor(sums[4 * cell + 1 + channel] / count + 0.5);
    }
  }
  for (let i = 0; i < pixels; i++) if (where[i] >= 0) where[i] = rank[where[i]];
  return { colors, counts, where, transparent, preview: true };
}
