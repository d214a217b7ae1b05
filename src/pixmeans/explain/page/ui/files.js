// The real file of the half-step on the screen: made by the engine when the page is at rest, and asked of the server,
// where there is one.

import { entriesOf, paletteOf, pixelErrors } from './frame.js';
import { decode } from './session.js';

/** Whether only Python can do what these settings ask for. */
export const needsServer = ({ dither, protect }) => dither === 'riemersma' || protect !== 'off';

/** For each entry of the file the cluster that it belongs to: equal colors first, then the nearest that is left. */
export function clustersOf(file, palette) {
  const first = file.alpha ? 1 : 0; // the transparent entry stands first and belongs to nobody
  const clusters = new Uint8Array(file.palette.length / 3);
  const free = new Set(Array.from({ length: palette.length / 3 }, (_, cluster) => cluster));
  const apart = (entry, cluster) => {
    let square = 0;
    for (let channel = 0; channel < 3; channel++) {
      square += (file.palette[3 * entry + channel] - palette[3 * cluster + channel]) ** 2;
    }
    return square;
  };
  const left = [];
  for (let entry = first; entry < clusters.length; entry++) {
    const same = [...free].find((cluster) => apart(entry, cluster) === 0);
    if (same === undefined) left.push(entry);
    else {
      clusters[entry] = same;
      free.delete(same);
    }
  }
  for (const entry of left) {
    let best = 0;
    let least = Infinity;
    for (const cluster of free.size ? free : clusters.keys()) {
      const square = apart(entry, cluster);
      if (square < least) [best, least] = [cluster, square];
    }
    clusters[entry] = best;
    free.delete(best);
  }
  return clusters;
}

/**
 * What is on the screen: {entries: (pixels,) cluster of each pixel, palette: (3k,), shares: (k,), file: or null}; null
 * while there is no run. At rest it is the very file, but after an update. As long as nothing changes it is the same object.
 */
export function createShown(store) {
  const { state } = store;
  let known = null;
  return () => {
    const { picture, steps, at, file, ranWith } = state;
    const step = steps[at];
    if (!picture || !step) return null;
    const made = file && file.step === step && file.settings === state.settings ? file : null;
    // After an update pixels still have the labels from before: a file, whose pixels join the nearest, would hide that.
    const own = made && (step.phase === 'assign' || made.told) ? made : null;
    if (known && known.step === step && known.file === own) return known;
    const palette = paletteOf(step, ranWith.space);
    if (own) known = { step, file: own, entries: own.entries, palette: own.colors, shares: own.shares };
    else {
      const shares = Float64Array.from(step.weights, (weight) => weight / picture.taken);
      known = { step, file: null, entries: entriesOf(step, picture), palette, shares };
    }
    return known;
  };
}

/** A file of the server's as the engine's are: {indices, palette, alpha, png}. */
async function served(server, picture, settings) {
  const told = await server.files(picture, settings);
  const png = await server.bytesOf(told);
  const source = URL.createObjectURL(new Blob([png], { type: 'image/png' }));
  const { rgba } = await decode(source);
  URL.revokeObjectURL(source);
  const known = new Map();
  const palette = [];
  const indices = new Uint8Array(picture.where.length);
  for (let pixel = 0, at = 0; pixel < indices.length; pixel++, at += 4) {
    if (picture.where[pixel] < 0) continue;
    const key = (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];
    if (!known.has(key)) {
      known.set(key, palette.length / 3);
      palette.push(rgba[at], rgba[at + 1], rgba[at + 2]);
    }
    indices[pixel] = known.get(key);
  }
  return { indices, palette: Uint8Array.from(palette), alpha: null, png, told };
}

/**
 * The file of the half-step on the screen: at once where it is made, else as soon as it is. What plays is stopped there;
 * who goes on before the file is made gets an error, and so does everyone where it cannot be made. One that could not be
 * made is tried again.
 */
export function fileHere({ state, set, on }) {
  set({ playing: false });
  const { steps, at, settings } = state;
  const step = steps[at];
  const own = (one) => (one && one.step === step && one.settings === settings ? one : null);
  const made = () => own(state.file);
  if (made()) return Promise.resolve(made());
  return new Promise((resolve, reject) => {
    if (own(state.failed)) set({ failed: null });
    const end = on(['file', 'failed', 'steps', 'at', 'settings'], () => {
      const failed = own(state.failed);
      const moved = state.steps[state.at] !== step || state.settings !== settings;
      if (!made() && !failed && !moved) return;
      end();
      if (made()) resolve(made());
      else if (failed) reject(new Error(failed.words));
      else reject(new Error('This half-step was left before its file was made: nothing is saved.'));
    });
  });
}

/**
 * Keeps `file` and `facts` in the store: the file of the half-step at rest, and what the server says of it; and `failed`:
 * {step, settings, words} of a file that could not be made.
 */
export function keepFiles(store, engine, server) {
  const { on, set, state } = store;
  let waiting = 0;
  let turn = 0;

  /** The settings with which a run ends where the screen is. */
  const settingsHere = () => {
    const { at, settings, steps } = state;
    return at < steps.length - 1 ? { ...settings, maxIterations: steps[at].iteration } : settings;
  };

  async function make() {
    const { picture, steps, at, settings, ranWith } = state;
    const step = steps[at];
    if (!picture || !step || state.playing) return;
    const mine = ++turn;
    const here = () => mine === turn && state.steps[state.at] === step && state.settings === settings;
    const { space } = ranWith;
    const kept = ranWith.keep.length;
    const asks = server && (needsServer(settings) || picture.preview) && settings.start !== 'placed';
    const dither = settings.dither === 'riemersma' ? 'none' : settings.dither;
    const file = asks
      ? await served(server, picture, settingsHere())
      : await engine.file({ centroids: step.centroids, space, dither, kept });
    if (!here()) return;
    const palette = paletteOf(step, space);
    const clusters = clustersOf(file, palette);
    const entries = new Uint8Array(file.indices.length);
    const tally = new Float64Array(palette.length / 3);
    for (let pixel = 0; pixel < entries.length; pixel++) {
      if (picture.where[pixel] < 0) continue;
      entries[pixel] = clusters[file.indices[pixel]];
      tally[entries[pixel]]++;
    }
    const colors = palette.slice();
    for (let entry = file.alpha ? 1 : 0; entry < clusters.length; entry++) {
      colors.set(file.palette.subarray(3 * entry, 3 * entry + 3), 3 * clusters[entry]);
    }
    const shares = tally.map((count) => count / picture.taken);
    const errors = pixelErrors(picture, entries, colors);
    set({ file: { ...file, step, settings, entries, colors, shares, errors } });
    if (!server || settings.start === 'placed') return;
    if (!file.told) await new Promise((resolve) => setTimeout(resolve, 500)); // at rest, not between two clicks
    if (!here()) return;
    const told = file.told || (await server.files(picture, settingsHere()));
    if (here()) set({ facts: { ...told, step, settings } });
  }

  async function attempt() {
    const { steps, at, settings } = state;
    try {
      await make();
    } catch ({ message }) {
      const left = state.steps[state.at] !== steps[at] || state.settings !== settings;
      set({ trouble: message, failed: left ? null : { step: steps[at], settings, words: message } });
    }
  }

  on(['steps', 'at', 'playing', 'settings', 'running', 'failed'], () => {
    clearTimeout(waiting);
    const { file, failed, steps, at, settings } = state;
    const here = (one) => one && one.step === steps[at] && one.settings === settings;
    if (failed && !here(failed)) set({ failed: null }); // who comes back has it tried again
    if (state.running || here(file) || here(failed)) return;
    waiting = setTimeout(attempt, 180);
  });
}
