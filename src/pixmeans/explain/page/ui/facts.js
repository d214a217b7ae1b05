// Sizes and quality of what is on the screen. Every size is that of a real file, or says that it is arithmetic.

import { el } from './dom.js';
import { grouped, sizeOf } from './words.js';

const CODEC = 0.8; // quality of the lossy WebP that the page makes of the original, as browsers count it

/** A canvas with pixels (4 * width * height,) on it, as a WebP of a quality; null where the browser has none. */
function webpOf(pixels, width, height, quality) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob && blob.type === 'image/webp' ? blob : null), 'image/webp', quality));
}

/** Whether a WebP file is lossless: its first chunk with pixels says so. */
async function isLossless(blob) {
  const head = new Uint8Array(await blob.slice(0, 4096).arrayBuffer());
  return String.fromCharCode(...head).includes('VP8L');
}

/** (4 * pixels,) what the file shows. */
function pixelsOf(picture, file) {
  const pixels = new Uint8ClampedArray(4 * file.entries.length);
  for (let pixel = 0; pixel < file.entries.length; pixel++) {
    if (picture.where[pixel] < 0) continue;
    const own = 3 * file.entries[pixel];
    pixels.set(file.colors.subarray(own, own + 3), 4 * pixel);
    pixels[4 * pixel + 3] = 255;
  }
  return pixels;
}

/**
 * Builds the numbers into host. given: what Python said of the file that a report is about, {facts, settings}; it is
 * shown at the end of a run with these settings.
 */
export function mountFacts(host, { store, given = null }) {
  const { on, state } = store;
  const table = el('table', {}, el('tbody', {}));
  const verdict = el('p', { class: 'verdict' });
  const tiles = el('div', { class: 'tiles' });
  const notes = el('p', { class: 'verdict mute' });
  const heading = el('h2', {});
  host.replaceChildren(heading, table, verdict, tiles, notes);

  /** WebP files beside ours, made once a picture and once a file; the server's own are better and come first. */
  async function peers(picture, file) {
    if (picture.width * picture.height > 4e6 || file.webp !== undefined) return;
    file.webp = null;
    if (picture.webp === undefined) {
      picture.webp = null;
      const blob = await webpOf(Uint8ClampedArray.from(picture.rgba), picture.width, picture.height, CODEC);
      picture.webp = blob && blob.size;
    }
    const same = await webpOf(pixelsOf(picture, file), picture.width, picture.height, 1);
    file.webp = same && (await isLossless(same)) ? same.size : null;
    if (state.file === file) show();
  }

  function row(label, bytes, base, main = false, title = '') {
    const times = base ? bytes / base : 0;
    const share = bytes === null || !base || bytes === base ? '' : times >= 9.95 ? `${Math.round(times)} times` : `${(100 * times).toPrecision(times < 1 ? 2 : 3)} %`;
    return el(
      'tr',
      { class: main ? 'main' : '', title },
      el('th', { scope: 'row' }, label),
      el('td', {}, bytes === null ? '\u2026' : sizeOf(bytes)),
      el('td', {}, share),
    );
  }

  function show() {
    const { picture, steps, at, file, facts } = state;
    const step = steps[at];
    if (!picture) return;
    const own = file && file.step === step ? file : null;
    const exact = facts && own && facts.step === step && facts.settings === state.settings ? facts : null;
    const isGiven = given && given.settings === state.settings && at === steps.length - 1 && !state.running;
    // Where nobody knows the file that a picture came from, sizes are compared with raw pixels.
    const base = picture.bytes || (picture.width * picture.height * rawBits()) / 8;
    heading.textContent = `Sizes, and their share of ${picture.bytes ? 'the original file' : 'raw pixels'}`;
    verdict.hidden = Boolean(isGiven);
    const rows = isGiven ? givenRows(base) : madeRows(own, exact, step, base);
    table.tBodies[0].replaceChildren(...rows.filter(Boolean));
    const quality = isGiven ? given.facts.quality : exact ? exact.quality : own ? own.errors : null;
    showTiles(quality);
    const told = isGiven ? [...given.facts.notes] : [...(picture.notes || [])];
    if (own && own.told) told.push(picture.preview ? 'Run and file are Python\u2019s, with all colors.' : 'Made by Python: the curve and the cloud show the run that it began with.');
    if (picture.preview) {
      const what = state.server ? 'In the cloud' : 'Preview:';
      told.push(`${what} ${grouped(picture.counts.length)} cells of colors stand for all of them.`);
    }
    notes.textContent = told.join(' ');
    if (own) peers(picture, own);
  }

  const rawBits = () => (state.picture.transparent ? 32 : 24);

  function givenRows(base) {
    return given.facts.sizes.map(({ bytes, label, note }) =>
      row(label[0].toUpperCase() + label.slice(1), bytes, base, note === 'the real file', note),
    );
  }

  function madeRows(own, exact, step, base) {
    const { picture } = state;
    const pixels = picture.width * picture.height;
    const k = step ? step.weights.length + (picture.transparent ? 1 : 0) : state.settings.k;
    const bits = Math.max(1, Math.ceil(Math.log2(k)));
    const arithmetic = Math.ceil((pixels * bits) / 8);
    const raw = rawBits();
    const factor = `${raw} / ${bits} = ${(raw / bits).toFixed(1)} times smaller than raw`;
    const lossy = (exact && exact.lossy_webp) || picture.webp;
    const png = own ? own.png.length : null;
    const best = exact && exact.bytes < png ? exact.bytes : png;
    verdict.textContent = own ? verdictOf(best, own.webp, lossy, picture.bytes) : '';
    return [
      picture.bytes ? row(`Original file${picture.format ? ` (${picture.format})` : ''}`, base, base) : null,
      row(`Raw, ${raw} bits a pixel`, (pixels * raw) / 8, base),
      row(`Arithmetic, ${bits} bit${bits === 1 ? '' : 's'} a pixel`, arithmetic, base, false, factor),
      row(`and the palette of ${k}`, arithmetic + 3 * k, base),
      row('Indexed PNG, real file', png, base, true),
      best !== png ? row('Packed by pixmeans', best, base, true) : null,
      own && own.webp ? row('Lossless WebP, same pixels', own.webp, base) : null,
      lossy ? row('Lossy WebP of the original', lossy, base) : null,
    ];
  }

  function showTiles(quality) {
    const tile = (value, label, title) => el('div', { title }, el('b', {}, value), el('span', {}, label));
    const number = (value, digits) =>
      value === undefined ? '\u2026' : value === null || value === Infinity ? '\u221E' : value.toFixed(digits);
    const { rmse, psnr, worst, ssimulacra2 } = quality || {};
    tiles.replaceChildren(
      tile(number(rmse, 2), 'RMSE', 'Root of the mean squared error summed over R, G and B, 0 to 441; the file has whole bytes, the curve exact means'),
      tile(number(psnr, 1), 'PSNR, dB', 'Peak signal to noise ratio: the higher, the less error'),
      tile(number(worst, 0), 'worst 0.1 %', 'One pixel in a thousand is farther than that from its color'),
      tile(
        ssimulacra2 === undefined || ssimulacra2 === null ? (state.server ? '\u2026' : '\u2013') : ssimulacra2.toFixed(1),
        'SSIMULACRA2',
        state.server || given ? '90: no difference is seen, 70: a little, 50: much' : 'Measured by \u201cpixmeans studio\u201d and in reports',
      ),
    );
  }

  function verdictOf(png, lossless, lossy, original) {
    if (lossy && lossy < png) {
      return `For this picture another codec wins: a lossy WebP of the original needs ${sizeOf(lossy)}, this PNG ${sizeOf(png)}.`;
    }
    if (lossless && lossless < png) return `The same pixels as a lossless WebP are smaller still: ${sizeOf(lossless)}.`;
    if (original && png > original) return 'The original file is smaller: this picture does not gain from a palette.';
    return lossy ? 'A palette wins here: no WebP tried is smaller.' : '';
  }

  on(['picture', 'steps', 'at', 'running', 'file', 'facts'], show);
  show();
}
