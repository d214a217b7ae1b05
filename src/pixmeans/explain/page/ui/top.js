// The bar at the top: modes, pictures, export, share, keys, theme.

import { copyText, download, el, segments, toast } from './dom.js';
import { fileHere } from './files.js';
import { KEYS } from './keys.js';
import { pasted } from './open.js';
import { hexAt } from './words.js';

const MODES = [
  ['studio', 'Studio', 'A picture, its colors and its file'],
  ['plane', '2-D', 'k-means on points of a plane'],
  ['lesson', 'Lesson', 'The story in eight steps'],
];

function menu(id, label, ...entries) {
  const node = el('details', { class: 'menu', id }, el('summary', {}, label), el('div', {}, ...entries));
  document.addEventListener('pointerdown', (event) => {
    if (!node.contains(event.target)) node.open = false;
  });
  return node;
}

/** Builds the bar. open(blob), sample(name), link(): the address. data: what the page was given. */
export function mountTop({ modes, source, actions }, { store, shown, server, data, open, sample, link }) {
  const { on, set, state } = store;
  const pressed = segments(modes, MODES, (mode) => set({ mode }));

  const samples = el(
    'select',
    { id: 'sample', 'aria-label': 'Picture', on: { change: () => sample(samples.value) } },
    ...(data.samples || []).map(({ name, label }) => el('option', { value: name }, label || name)),
  );
  const own = el('option', { value: '', hidden: true }, 'Your picture');
  samples.append(own);
  samples.hidden = !(data.samples || []).length;
  const file = el('input', { type: 'file', accept: 'image/*', hidden: true, id: 'file', on: { change: () => file.files[0] && open(file.files[0]) } });
  file.setAttribute('aria-label', 'Open a picture');
  const choosing = () => {
    file.value = ''; // else a file that is chosen a second time would not be opened
    file.click();
  };
  const choose = el('button', { type: 'button', id: 'open', title: 'Or drop a picture anywhere; it stays on this computer', on: { click: choosing } }, 'Open\u2026');
  const paste = el('button', { type: 'button', id: 'paste', title: 'A picture from the clipboard (Ctrl+V)', on: { click: () => pasted(open) } }, 'Paste');
  const facts = el('span', { class: 'facts' });
  source.replaceChildren(samples, file, choose, paste, facts);

  const stem = () => `${state.picture.name.replace(/\.[^.]*$/, '')}-k${state.settings.k}`;
  const saving = async (act) => {
    if (!shown()) throw new Error('There is nothing to save yet: open a picture, and place a center where the start is \u201cI place them\u201d.');
    await act();
  };
  const save = (label, id, act, needs = false) =>
    el('button', { type: 'button', id, disabled: needs && !server, on: { click: () => saving(act).catch((error) => toast(error.message, true)) } }, label);
  const fromServer = (kind, ending) => async () => {
    toast('Writing\u2026');
    download(await server.exported(state.picture, state.settings, kind), `${stem()}.${ending}`);
  };
  const png = async () => {
    const made = await fileHere(store);
    download(new Blob([made.png], { type: 'image/png' }), `${stem()}.png`);
  };
  const hex = async () => {
    const { palette } = shown();
    const lines = Array.from({ length: palette.length / 3 }, (_, entry) => hexAt(palette, 3 * entry).slice(1).toLowerCase());
    download(new Blob([`${lines.join('\n')}\n`], { type: 'text/plain' }), `${stem()}.hex`);
  };
  const entries = [
    save('Indexed PNG of this half-step', 'export-png', png),
    save('Palette (.hex)', 'export-hex', hex),
    save('Animation, GIF', 'export-gif', fromServer('gif', 'gif'), true),
    save('Animation, WebP', 'export-webp', fromServer('webp', 'webp'), true),
    save('Video, MP4', 'export-mp4', fromServer('mp4', 'mp4'), true),
    save('Report, one HTML file', 'export-report', fromServer('report', 'html'), true),
  ];
  if (!server) entries.push(el('p', {}, 'The others need \u201cpixmeans studio\u201d.'));
  const exports = menu('export', 'Export', ...entries);
  exports.addEventListener('click', (event) => {
    if (event.target.matches('button')) exports.open = false;
  });
  const share = el('button', { type: 'button', id: 'share', title: 'Copy a link with these settings', on: { click: () => copyText(link(), server ? 'Link, good while this studio runs,' : 'Link') } }, 'Share');
  const keys = menu(
    'keys',
    'Keys',
    ...KEYS.map(([key, does]) => el('p', {}, el('b', {}, key), ` ${does}`)),
    el('p', {}, 'Wheel or pinch zooms, drag moves, double-click shows all.'),
  );
  const isDark = () => (state.theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : state.theme === 'dark');
  const theme = el('button', { type: 'button', id: 'theme', on: { click: () => set({ theme: isDark() ? 'light' : 'dark' }) } });
  actions.replaceChildren(exports, share, keys, theme);

  function show() {
    const { picture, mode, loading } = state;
    pressed(mode);
    document.documentElement.dataset.theme = state.theme;
    const dark = isDark();
    theme.textContent = dark ? 'Light' : 'Dark';
    theme.title = dark ? 'Light colors' : 'Dark colors';
    set({ dark }); // what canvases are drawn anew for
    source.hidden = exports.hidden = mode === 'plane';
    if (loading) facts.textContent = 'Opening\u2026';
    else if (picture) {
      facts.textContent = `${picture.sample ? '' : `${picture.name}, `}${picture.width}\u00D7${picture.height}`;
      samples.value = picture.sample || '';
    }
    facts.title = facts.textContent;
  }
  on(['picture', 'mode', 'theme', 'loading'], show);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
}
