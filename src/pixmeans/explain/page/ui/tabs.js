// The tabs over the picture, and what each of them has to set.

import { el, segments } from './dom.js';
import { paletteOf } from './frame.js';
import { countOf, errorWords } from './words.js';

const TABS = [
  ['compare', 'Compare', 'Original and compressed; drag the line'],
  ['cells', 'Cells', 'Where each color is, one hue a color'],
  ['difference', 'Difference', 'What is lost, made stronger'],
  ['seeds', 'Seeds', 'The same settings, other chance'],
  ['ks', 'ks', 'Fewer and more colors'],
];
const KS = [2, 4, 8, 16, 32, 64, 128, 256];

// Why there is nothing to compare where the reader places the centers.
const PLACED = {
  seeds: 'Centers that you place leave nothing to chance: every seed gives this run. Choose another start to compare seeds.',
  ks: 'As many colors as you place centers. Choose another start to compare fewer and more colors.',
};

/**
 * Builds the tabs into host. Returns many(): the tiles of Seeds and ks; and note: the words over them where there is but
 * the original. background: runs beside the one shown.
 */
export function mountTabs(host, { store, background, change }) {
  const { on, set, state } = store;
  const row = el('div', { class: 'segments', role: 'group', 'aria-label': 'View' });
  const pressed = segments(row, TABS, (tab) => set({ tab }));
  const loupe = el('button', { type: 'button', id: 'loupe', title: 'Show a loupe at the pointer (L)', on: { click: () => set({ loupe: !state.loupe }) } }, 'Loupe');
  const mark = el(
    'button',
    {
      type: 'button',
      id: 'mark',
      title: 'Mark a region by dragging: it gets an error curve of its own (or drag with Shift)',
      on: { click: () => set(state.region && !state.marking ? { region: null } : { marking: !state.marking }) },
    },
    'Mark region',
  );
  const fit = el('button', { type: 'button', id: 'fit', title: 'Show all (double-click)', on: { click: () => set({ view: { zoom: 1, x: 0.5, y: 0.5 } }) } }, 'Fit');
  const gain = el('input', { type: 'range', id: 'gain', min: 0, max: 4, step: 1, on: { input: () => set({ gain: 2 ** Number(gain.value) }) } });
  const gainWords = el('span', { class: 'number' });
  const gainRow = el('div', { class: 'gain', title: 'How many times as strong' }, gain, gainWords);
  gain.setAttribute('aria-label', 'Strength of the difference');
  const seeds = el(
    'select',
    { id: 'seed-count', on: { change: () => set({ seedCount: Number(seeds.value) }) } },
    el('option', { value: 3 }, '3 seeds'),
    el('option', { value: 20 }, '20 seeds'),
  );
  seeds.setAttribute('aria-label', 'How many seeds');
  host.replaceChildren(row, el('div', { class: 'extras' }, gainRow, seeds, mark, loupe, fit));

  const note = el('p', { class: 'note', role: 'status', hidden: true });
  const why = () => (state.settings.start === 'placed' && PLACED[state.tab]) || '';
  const variants = () => {
    const { settings, seedCount } = state;
    if (why()) return [];
    if (state.tab === 'ks') return KS.map((k) => ({ ...settings, k }));
    return Array.from({ length: seedCount }, (_, add) => ({ ...settings, seed: settings.seed + add }));
  };

  function many() {
    const { settings, tab } = state;
    const results = variants().map((own) => ({ own, found: background.result(own) }));
    const errors = results.map(({ found }) => found && found.errors[found.errors.length - 1]).filter(Boolean);
    const least = Math.min(...errors);
    const tiles = results.map(({ own, found }) => {
      const error = found && found.errors[found.errors.length - 1];
      const best = tab === 'seeds' && errors.length === results.length && error === least ? ' \u00B7 least' : '';
      return {
        title: tab === 'ks' ? countOf(own.k, 'color') : `Seed ${own.seed}`,
        more: found ? [`error ${errorWords(error, own.space)}${best}`, errorWords(error, own.space)] : [],
        labels: found && found.step.labels,
        palette: found && paletteOf(found.step, own.space),
        current: tab === 'ks' ? own.k === settings.k : own.seed === settings.seed,
        key: found,
        adopt: () => {
          change(tab === 'ks' ? { k: own.k } : { seed: own.seed });
          set({ tab: 'compare' });
        },
      };
    });
    // Where a place is left over, the original fills it.
    return tiles.length === 20 ? tiles : [...tiles, { title: 'Original', more: [], original: true }];
  }

  function show() {
    const { tab, region, marking } = state;
    pressed(tab);
    const several = tab === 'seeds' || tab === 'ks';
    gainRow.hidden = tab !== 'difference';
    gain.value = Math.log2(state.gain);
    gainWords.textContent = `\u00D7${state.gain}`;
    gain.setAttribute('aria-valuetext', `${state.gain} times`);
    note.textContent = why();
    note.hidden = !why();
    seeds.hidden = tab !== 'seeds' || !note.hidden;
    seeds.value = state.seedCount;
    loupe.hidden = mark.hidden = several;
    loupe.setAttribute('aria-pressed', String(state.loupe));
    mark.setAttribute('aria-pressed', String(marking));
    mark.textContent = marking ? 'Drag a box' : region ? 'Clear region' : 'Mark region';
    fit.disabled = state.view.zoom === 1;
  }

  /** What runs beside the one shown: the tab's tiles first, then other seeds for the faint curves. */
  function ask() {
    const { picture, running, tab } = state;
    if (!picture || running || !state.steps.length) return;
    const wanted = [];
    if (tab === 'seeds' || tab === 'ks') wanted.push(...variants());
    wanted.push(...otherSeeds(state));
    background.want(wanted);
  }

  on(['tab', 'region', 'marking', 'view', 'gain', 'loupe', 'seedCount', 'settings'], show);
  on(['tab', 'seedCount', 'running', 'picture', 'steps'], ask);
  show();
  return { many, note };
}

/** The settings of the other seeds whose errors are drawn as faint lines. */
export function otherSeeds({ settings, picture }) {
  if (!picture || settings.start === 'placed' || picture.preview) return [];
  return Array.from({ length: 5 }, (_, add) => ({ ...settings, seed: settings.seed + add + 1 }));
}
