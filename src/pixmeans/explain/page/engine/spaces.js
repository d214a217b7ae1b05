// Color spaces as points on a grid of whole numbers and back, as color/spaces.py has them.
// Only + - * / in the same order as there: the same numbers to the last bit.
// Sources: IEC 61966-2-1 (sRGB); B. Ottosson, "A perceptual color space for image processing" (2020).

/** Grid steps per unit: sRGB in 1/64 of a byte, OKLab in 2**-14. `middle`, `alpha`: where a transparent pixel stands. */
export const SPACES = {
  rgb: { scale: 64, middle: [8160, 8160, 8160], alpha: 14134 },
  oklab: { scale: 16384, middle: [8192, 0, 0], alpha: 6554 },
};

/** The linear light, 0..1, of an sRGB value, 0..1. */
function linearLight(srgb) {
  if (srgb <= 0.04045) return srgb / 12.92;
  const x = (srgb + 0.055) / 1.055;
  const square = x * x;
  let root = 1;
  for (let i = 0; i < 40; i++) {
    const fourth = root * root * root * root;
    root = (4 * root + square / fourth) / 5;
  }
  return square * root;
}

const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => linearLight(byte / 255));
const LIMITS = Float64Array.from({ length: 255 }, (_, byte) => linearLight((byte + 0.5) / 255));

const ROOTS = Float64Array.from({ length: 1025 }, (_, i) => {
  const x = (i + 0.5) / 1024;
  let root = 1;
  for (let step = 0; step < 12; step++) {
    const cube = root * root * root;
    root = (root * (cube + 2 * x)) / (2 * cube + x);
  }
  return root;
});

/** The cube root of x in 0..1: a table's value, bettered twice by Halley's rule. */
function cubeRoot(x) {
  if (x <= 0) return 0;
  let scale = 1;
  while (x < 0.015625) {
    x *= 64;
    scale *= 0.25;
  }
  let root = ROOTS[Math.trunc(x * 1024)];
  let cube = root * root * root;
  root = (root * (cube + 2 * x)) / (2 * cube + x);
  cube = root * root * root;
  root = (root * (cube + 2 * x)) / (2 * cube + x);
  return root * scale;
}

const gridStep = (x) => Math.trunc(x + 16384.5) - 16384;

/** Writes the OKLab grid point of a color to `out` at `at`. */
function oklabPoint(red, green, blue, out, at) {
  const r = LINEAR[red];
  const g = LINEAR[green];
  const b = LINEAR[blue];
  const l = cubeRoot(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = cubeRoot(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = cubeRoot(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  out[at] = gridStep((0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s) * 16384);
  out[at + 1] = gridStep((1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s) * 16384);
  out[at + 2] = gridStep((0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s) * 16384);
}

/** Int32Array(3n): the grid points of colors, Uint8Array(3n). space: 'rgb' or 'oklab'. */
export function toGrid(colors, space) {
  const grid = new Int32Array(colors.length);
  if (space === 'oklab') {
    for (let i = 0; i < colors.length; i += 3) oklabPoint(colors[i], colors[i + 1], colors[i + 2], grid, i);
  } else {
    for (let i = 0; i < colors.length; i++) grid[i] = colors[i] << 6;
  }
  return grid;
}

/** Uint8Array(3k): the 8-bit colors nearest to centroids, Int32Array(3k) in grid steps. */
export function toBytes(centroids, space) {
  return unitsToBytes(Float64Array.from(centroids, (step) => step / SPACES[space].scale), space);
}

/** Uint8Array(3k): the 8-bit colors nearest to points, Float64Array(3k) in units of the space. */
export function unitsToBytes(units, space) {
  const bytes = new Uint8Array(units.length);
  if (space === 'oklab') {
    for (let i = 0; i < units.length; i += 3) oklabBytes(units, i, bytes);
  } else {
    for (let i = 0; i < units.length; i++) bytes[i] = Math.floor(Math.min(255, Math.max(0, units[i])) + 0.5);
  }
  return bytes;
}

/** A color and its 26 neighbors, itself first, then those that differ in one channel, in two, in three. */
export const AROUND = [0, -1, 1]
  .flatMap((r) => [0, -1, 1].flatMap((g) => [0, -1, 1].map((b) => [r, g, b])))
  .map((offset, order) => [offset, order])
  .sort(([a, i], [b, j]) => Math.abs(a[0]) + Math.abs(a[1]) + Math.abs(a[2]) - (Math.abs(b[0]) + Math.abs(b[1]) + Math.abs(b[2])) || i - j)
  .map(([offset]) => offset);

const clipped = (byte) => Math.min(255, Math.max(0, byte));

/** Of the colors around the one of the same light, the one nearest in OKLab. */
function oklabBytes(units, at, bytes) {
  const lightness = units[at];
  const a = units[at + 1];
  const b = units[at + 2];
  const l = lightness + 0.3963377774 * a + 0.2158037573 * b;
  const m = lightness - 0.1055613458 * a - 0.0638541728 * b;
  const s = lightness - 0.0894841775 * a - 1.291485548 * b;
  const long = l * l * l;
  const medium = m * m * m;
  const short = s * s * s;
  const rgb = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ].map(byteOfLight);
  const point = new Int32Array(3);
  let best = Infinity;
  for (const offset of AROUND) {
    const red = clipped(rgb[0] + offset[0]);
    const green = clipped(rgb[1] + offset[1]);
    const blue = clipped(rgb[2] + offset[2]);
    oklabPoint(red, green, blue, point, 0);
    const x = point[0] - lightness * 16384;
    const y = point[1] - a * 16384;
    const z = point[2] - b * 16384;
    const distance = x * x + y * y + z * z;
    if (distance < best) {
      best = distance;
      bytes[at] = red;
      bytes[at + 1] = green;
      bytes[at + 2] = blue;
    }
  }
}

/** The byte nearest to linear light: how many of the limits between bytes lie below it. */
function byteOfLight(light) {
  let low = 0;
  let high = 255;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (LIMITS[middle] < light) low = middle + 1;
    else high = middle;
  }
  return low;
}
