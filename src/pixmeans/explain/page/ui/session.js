// The picture and its run: opens pictures, asks the engine, keeps the history. What others show stands in the store.

import { assign } from '../engine/kmeans.js';
import { SPACES } from '../engine/spaces.js';
import { errorOf, pointsOf, weightsWithin } from './frame.js';

export const FIRST_SETTINGS = {
  k: 16,
  start: 'random-pixels',
  seed: 1,
  space: 'rgb',
  dither: 'none',
  protect: 'off',
  maxIterations: 30,
  keep: [], // colors that stay as they are, '#RRGGBB'
  placed: [], // where the first centers were placed, '#RRGGBB'
};

/** The settings that decide the run itself; the others only what becomes of its colors. */
const DECIDING = ['k', 'start', 'seed', 'space', 'maxIterations', 'keep', 'placed'];

/** The key of a run: equal keys give equal runs of one picture. */
export const runKey = (settings) => JSON.stringify(DECIDING.map((name) => settings[name]));

const bytesOf = (words) =>
  Uint8Array.from(words.flatMap((word) => [1, 3, 5].map((at) => parseInt(word.slice(at, at + 2), 16))));

/** How many centers can be placed: the transparent pixels of a picture take one of the entries, as pinned colors do. */
export const roomToPlace = ({ keep }, { transparent }) => 256 - keep.length - (transparent ? 1 : 0);

/** What the engine is asked for these settings; of more placed centers than there is room for, the first ones count. */
export function runOptions(settings, picture) {
  const { start, seed, space, maxIterations, keep } = settings;
  const placed = settings.placed.slice(0, roomToPlace(settings, picture));
  const k = start === 'placed' ? keep.length + placed.length + (picture.transparent ? 1 : 0) : settings.k;
  return { k, start, seed, space, maxIterations, placed: bytesOf(placed), keep: bytesOf(keep) };
}

/** Decodes a picture that the browser can: {rgba, width, height, alpha: whether it has any}. Raises when it cannot. */
export async function decode(source) {
  const image = new Image();
  image.src = source;
  try {
    await image.decode();
  } catch {
    throw new Error('this is no picture that this browser can show: try PNG, JPEG, WebP or GIF');
  }
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!width || !height || !context) throw new Error(`${width}\u00D7${height} pixels are too many for this browser`);
  context.drawImage(image, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  let alpha = false;
  for (let at = 3; at < rgba.length && !alpha; at += 4) alpha = rgba[at] < 255;
  return { rgba, width, height, alpha };
}

/** Bytes of the file at a source whose size nobody told, where the page may read it. */
async function sizeOfSource(source) {
  if (source.startsWith('data:')) return Math.floor(((source.length - source.indexOf(',') - 1) * 3) / 4);
  try {
    return (await (await fetch(source)).blob()).size;
  } catch {
    return null;
  }
}

/**
 * Python's half-steps as the engine's are: centroids on the grid, and the labels of the colors that the page has, which
 * Python, who knows more colors of this picture, does not send.
 */
function likeOurs(picture, space) {
  let labels = null;
  return (step) => {
    const centroids = Int32Array.from(step.centroids.flat(), (value) => Math.round(value * SPACES[space].scale));
    if (step.phase === 'assign') labels = assign(pointsOf(picture, space), picture.counts, 3, centroids, labels).labels;
    return { ...step, centroids, labels, weights: Float64Array.from(step.weights) };
  };
}

/**
 * Opens pictures and keeps the run of the settings in the store up to date. engines: () -> a new Engine. server: where
 * there is one, the runs of pictures that are too large for the page are Python's.
 */
export function createSession(store, engines, server) {
  const { state, set, on } = store;
  const engine = engines();
  let opened = 0; // a picture that was opened later makes an older one void, which is still being decoded
  let turn = 0; // a newer run makes what an older one still sends void
  let waiting = 0;
  let stop = new AbortController();
  let lastKey = ''; // of the run that was asked for last

  /**
   * Shows a picture: {name, src, bytes, format, id, region}. Raises what keeps it from being decoded; the one before
   * stays, and its run goes on until then.
   */
  async function show(picture) {
    const mine = ++opened;
    set({ loading: true });
    try {
      const decoded = await decode(picture.src);
      if (mine === opened) set({ opening: decoded }); // something to look at while its colors are counted
      const told = await engine.open(decoded);
      if (!told.visible) throw new Error('every pixel is transparent, there is nothing to show');
      const bytes = picture.bytes === undefined ? await sizeOfSource(picture.src) : picture.bytes;
      if (mine !== opened) return;
      engine.use(told);
      const whole = { ...picture, bytes, ...decoded, ...told, number: mine };
      whole.taken = told.visible;
      // Colors of another picture mean nothing here; those of the address belong to the first one.
      const settings = picture.first ? state.settings : { ...state.settings, keep: [], placed: [] };
      set({
        picture: whole,
        settings,
        region: picture.region || null,
        steps: [],
        at: 0,
        playing: false,
        selected: null,
        hover: null,
        view: { zoom: 1, x: 0.5, y: 0.5 },
        facts: null,
        opening: null,
        loading: false,
      });
    } catch (error) {
      if (mine === opened) set({ loading: false, opening: null });
      throw error;
    }
    await run();
  }

  async function run() {
    const mine = ++turn;
    const { picture, settings } = state;
    if (!picture) return;
    clearTimeout(waiting);
    lastKey = runKey(settings);
    engine.cancel();
    stop.abort();
    stop = new AbortController();
    const wasAtEnd = state.steps.length > 1 && state.at >= state.steps.length - 1;
    if (settings.start === 'placed' && !settings.placed.length) {
      set({ steps: [], at: 0, running: false, playing: false });
      return;
    }
    const history = [];
    set({ running: true });
    const heard = (batch) => {
      if (mine !== turn) return;
      for (const step of batch) history.push(withErrors(step, picture, settings.space));
      // The steps before stay on the screen until there is something to show instead of them.
      const at = wasAtEnd ? history.length - 1 : history.length === batch.length ? 0 : state.at;
      set({ steps: history.slice(), at, ranWith: settings });
    };
    try {
      if (server && picture.preview && settings.start !== 'placed') {
        const ours = likeOurs(picture, settings.space);
        await server.run(picture, settings, (batch) => heard(batch.map(ours)), stop.signal);
      } else await engine.run(runOptions(settings, picture), heard);
      if (mine === turn) set({ running: false });
    } catch (error) {
      if (mine === turn) set({ running: false, trouble: error.message });
    }
  }

  function withErrors(step, picture, space) {
    // After an assignment the engine knows it; an update lowers it, which nobody has added up yet.
    const { inertia, phase } = step;
    step.error = phase === 'assign' ? Math.sqrt(inertia / picture.taken) : errorOf(step, picture, space, picture.counts);
    if (picture.regionWeights) step.regionError = errorOf(step, picture, space, picture.regionWeights);
    return step;
  }

  /** Changes settings. */
  const change = (patch) => set({ settings: { ...state.settings, ...patch } });

  on(['settings'], () => {
    const key = runKey(state.settings);
    if (!state.picture || key === lastKey) return;
    lastKey = key;
    clearTimeout(waiting);
    // A slider that is being dragged asks many times: the last one counts.
    waiting = setTimeout(run, 60);
  });

  on(['region', 'picture'], () => {
    const { picture, region, steps, ranWith } = state;
    if (!picture) return;
    picture.regionWeights = region ? weightsWithin(picture, region) : null;
    for (const step of steps) {
      step.regionError = region ? errorOf(step, picture, ranWith.space, picture.regionWeights) : undefined;
    }
    set({ steps: steps.slice() });
  });

  return { engine, show, change, run };
}
