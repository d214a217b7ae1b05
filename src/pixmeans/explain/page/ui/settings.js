// The settings at the left: each with one sentence on why one would touch it.

import { el, icon } from './dom.js';
import { SPACE_WORDS, START_WORDS } from './words.js';

const DITHER_WORDS = {
  none: ['None', 'Nearest color: the smallest file.'],
  auto: ['Auto', 'Dots only where areas are smooth.'],
  'floyd-steinberg': ['Floyd-Steinberg', 'No bands, but more bytes.'],
  'blue-noise': ['Blue noise', 'Fine, irregular dots mix two colors.'],
  bayer: ['Bayer', 'A regular mask mixes two colors.'],
};
const SERVER_DITHERS = { riemersma: ['Riemersma', 'Errors go on along a curve.'] };
const PROTECT_WORDS = {
  off: ['Off', 'Small vivid things may turn gray.'],
  auto: ['Up to 6 %', 'Vivid colors kept for a little error.'],
  strong: ['Up to 15 %', 'Vivid colors kept for some error.'],
};

const options = (table) => Object.entries(table).map(([value, [label]]) => el('option', { value }, label));

/** A labelled row with a sentence under it. */
export function field(id, label, controls, { wide = null } = {}) {
  const why = el('p', { class: 'why', id: `${id}-why` });
  const row = el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    el('div', { class: 'control' }, ...controls),
    wide ? el('div', { class: 'wide' }, wide) : null,
    why,
  );
  return { row, why };
}

/** Builds the settings into host. change: sets settings. server: whether Python is there to ask. */
export function mountSettings(host, { store, change, server }) {
  const { on, state } = store;
  const described = (id) => ({ id, 'aria-describedby': `${id}-why` });
  const chooser = (id, table, name) =>
    el(
      'select',
      { ...described(id), on: { change: (event) => change({ [name]: event.target.value }) } },
      ...options(table),
    );

  // The slider goes by powers of two in small steps: 2 to 16 needs as much room as 16 to 128.
  const toSlider = (k) => Math.round(16 * Math.log2(k));
  const fromSlider = (value) => Math.round(2 ** (value / 16));
  const setK = (k) => change({ k: Math.max(2, Math.min(256, Math.round(k) || 2)) });
  const k = el('input', {
    ...described('k'),
    type: 'number',
    min: 2,
    max: 256,
    on: { change: (event) => setK(Number(event.target.value)) },
  });
  const slider = el('input', {
    type: 'range',
    id: 'k-slider',
    min: 16,
    max: 128,
    'aria-label': 'Colors, k',
    on: { input: (event) => setK(fromSlider(Number(event.target.value))) },
  });
  const start = chooser('start', START_WORDS, 'start');
  const seed = el('input', {
    ...described('seed'),
    type: 'number',
    min: 0,
    max: 4294967295,
    on: { change: (event) => change({ seed: Math.max(0, Math.floor(Number(event.target.value)) || 0) }) },
  });
  const dice = el(
    'button',
    {
      type: 'button',
      id: 'dice',
      title: 'Another seed',
      'aria-label': 'Another seed',
      on: { click: () => change({ seed: state.settings.seed + 1 }) },
    },
    icon('dice'),
  );
  const space = chooser('space', SPACE_WORDS, 'space');
  const dithers = server ? { ...DITHER_WORDS, ...SERVER_DITHERS } : { ...DITHER_WORDS };
  const dither = chooser('dither', dithers, 'dither');
  const protect = chooser('protect', PROTECT_WORDS, 'protect');
  const most = el('input', {
    ...described('iterations'),
    type: 'number',
    min: 0,
    max: 1000,
    on: {
      change: (event) => change({ maxIterations: Math.max(0, Math.min(1000, Math.floor(Number(event.target.value)) || 0)) }),
    },
  });
  protect.disabled = !server;

  const undo = el('button', { type: 'button', id: 'undo-place', on: { click: () => place(-1) } }, 'Undo');
  const clear = el('button', { type: 'button', id: 'clear-places', on: { click: () => place(0) } }, 'Clear');
  const placing = el('div', { class: 'buttons' }, undo, clear);
  const place = (keep) => change({ placed: keep ? state.settings.placed.slice(0, keep) : [] });

  const rows = {
    k: field('k', 'Colors, k', [k], { wide: slider }),
    start: field('start', 'Start', [start], { wide: placing }),
    seed: field('seed', 'Seed', [seed, dice]),
    space: field('space', 'Color space', [space]),
    dither: field('dither', 'Dither', [dither]),
    protect: field('protect', 'Protect vivid', [protect]),
    most: field('iterations', 'Iterations', [most]),
  };
  host.replaceChildren(...Object.values(rows).map(({ row }) => row));

  function show() {
    const now = state.settings;
    const count = now.start === 'placed' ? now.placed.length + now.keep.length : now.k;
    const bits = Math.max(1, Math.ceil(Math.log2(Math.max(1, count))));
    k.value = count;
    slider.value = toSlider(Math.max(2, count));
    k.disabled = slider.disabled = now.start === 'placed';
    rows.k.why.textContent = count ? `${bits} bit${bits === 1 ? '' : 's'} a pixel instead of 24.` : 'No center has been placed yet.';
    start.value = now.start;
    placing.hidden = now.start !== 'placed';
    undo.disabled = clear.disabled = !now.placed.length;
    rows.start.why.textContent = START_WORDS[now.start][1];
    seed.value = now.seed;
    seed.disabled = dice.disabled = now.start === 'placed';
    rows.seed.why.textContent = 'The same seed, the same result.';
    space.value = now.space;
    rows.space.why.textContent = SPACE_WORDS[now.space][1];
    if (!dithers[now.dither]) {
      // A report may be of a dither that only Python has.
      const [label] = SERVER_DITHERS[now.dither];
      dithers[now.dither] = [label, 'Needs a server: shown without.'];
      dither.append(el('option', { value: now.dither }, label));
    }
    dither.value = now.dither;
    rows.dither.why.textContent = dithers[now.dither][1];
    protect.value = now.protect;
    rows.protect.why.textContent = server
      ? PROTECT_WORDS[now.protect][1]
      : 'Keeps vivid colors; needs a server.';
    most.value = now.maxIterations;
    rows.most.why.textContent = 'Ends before if nothing changes.';
  }
  on(['settings'], show);
  show();
}
