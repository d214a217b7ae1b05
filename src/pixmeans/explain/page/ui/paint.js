// Pixels of what the picture's tabs show: arrays in, arrays out. One number is a pixel: alpha, blue, green, red from
// the highest byte down, which is the order of bytes that a canvas has on all machines browsers run on.

const OPAQUE = 0xff000000;

/** The colors on the dark stage, which is dark in both themes: those of explain/style.py. */
export const STAGE = { paper: '#14161A', ink: '#F2F0EA', mute: '#A9A69E', line: '#4A4F58', accent: '#FFB000' };
const PAPER = [1, 3, 5].map((at) => parseInt(STAGE.paper.slice(at, at + 2), 16));

/** A pixel's number of three bytes at a place of an array. */
export const packed = (bytes, at) => (OPAQUE | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at]) >>> 0;

/** The same pixel with most of it given up to the dark stage: what is not selected. */
export function dimmed(pixel) {
  let dim = 0;
  for (let channel = 0; channel < 3; channel++) {
    const value = (pixel >>> (8 * channel)) & 255;
    const gray = ((pixel & 255) * 77 + ((pixel >>> 8) & 255) * 150 + ((pixel >>> 16) & 255) * 29) >>> 8;
    dim |= Math.round(0.74 * PAPER[channel] + 0.06 * value + 0.2 * gray) << (8 * channel);
  }
  return (OPAQUE | dim) >>> 0;
}

/** (k,) the palette as pixels, all but the selected entry dimmed. */
export function inksOf(palette, selected) {
  return Uint32Array.from({ length: palette.length / 3 }, (_, entry) => {
    const pixel = packed(palette, 3 * entry);
    return selected === null || selected === entry ? pixel : dimmed(pixel);
  });
}

/** (k,) colors that are easily told apart, one a cluster: hues by the golden angle, in three lightnesses. */
export function cellInks(k, selected) {
  return Uint32Array.from({ length: k }, (_, entry) => {
    const hue = (entry * 137.508) % 360;
    const light = [0.72, 0.5, 0.86][Math.floor(entry / 6) % 3];
    const channel = (shift) => {
      const a = ((hue / 30 + shift) % 12) - 3;
      return Math.round(255 * (light - 0.62 * Math.min(light, 1 - light) * Math.max(-1, Math.min(a, 12 - a - 6, 1))));
    };
    const pixel = packed([channel(0), channel(8), channel(4)], 0);
    return selected === null || selected === entry ? pixel : dimmed(pixel);
  });
}

/** Fills out (pixels,) with each pixel's ink; entries: its palette entry; where: below 0 it is transparent. */
export function paintEntries(out, entries, where, inks) {
  for (let pixel = 0; pixel < out.length; pixel++) out[pixel] = where[pixel] < 0 ? 0 : inks[entries[pixel]];
}

/** The original, all but the pixels of the selected entry dimmed. */
export function paintOriginal(out, rgba, entries, where, selected) {
  for (let pixel = 0, at = 0; pixel < out.length; pixel++, at += 4) {
    const own = packed(rgba, at);
    out[pixel] = where[pixel] < 0 ? 0 : selected === null || entries[pixel] === selected ? own : dimmed(own);
  }
}

/** The difference of each channel, so many times as strong, on black. */
export function paintDifference(out, rgba, entries, where, palette, gain, selected) {
  for (let pixel = 0, at = 0; pixel < out.length; pixel++, at += 4) {
    if (where[pixel] < 0 || (selected !== null && entries[pixel] !== selected)) {
      out[pixel] = where[pixel] < 0 ? 0 : OPAQUE;
      continue;
    }
    const own = 3 * entries[pixel];
    const red = Math.min(255, gain * Math.abs(rgba[at] - palette[own]));
    const green = Math.min(255, gain * Math.abs(rgba[at + 1] - palette[own + 1]));
    const blue = Math.min(255, gain * Math.abs(rgba[at + 2] - palette[own + 2]));
    out[pixel] = (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
  }
}

/** A raster that can be drawn: {canvas, pixels: (width * height,) Uint32Array, commit()}. */
export function raster(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const data = context.createImageData(width, height);
  return { canvas, pixels: new Uint32Array(data.data.buffer), commit: () => context.putImageData(data, 0, 0) };
}
