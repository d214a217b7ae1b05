// Puts the page together: the state, the engine, and the parts that show it.

import { Engine } from '../engine/client.js';
import { createBackground } from './background.js';
import { Cloud, cloudOf, mountCloud } from './cloud.js';
import { mountCurve } from './curve.js';
import { byId, toast } from './dom.js';
import { mountFacts } from './facts.js';
import { createShown, keepFiles } from './files.js';
import { mountFoot } from './foot.js';
import { mountHash, read } from './hash.js';
import { mountKeys } from './keys.js';
import { mountReadout } from './loupe.js';
import { mountDrop, openBlob } from './open.js';
import { mountPalette } from './palette.js';
import { mountPlane } from './plane.js';
import { createPlayer } from './player.js';
import { createServer } from './server.js';
import { createSession, FIRST_SETTINGS, roomToPlace } from './session.js';
import { mountSettings } from './settings.js';
import { mountStage } from './stage.js';
import { createStore } from './store.js';
import { mountTabs, otherSeeds } from './tabs.js';
import { mountTop } from './top.js';
import { mountTransport } from './transport.js';
import { countOf, errorWords, hexAt, stepWords } from './words.js';
import { mountLesson } from '../lesson/lesson.js';

/** Opens the page. source: what an `Engine` makes its worker of. Returns the studio, which lessons use. */
export function start(source) {
  const data = JSON.parse(byId('pixmeans-data').textContent);
  const asked = read(location.hash);
  const usual = { ...FIRST_SETTINGS, ...data.settings };
  const settings = { ...usual, ...asked.settings };
  const server = createServer(data);
  const store = createStore({
    mode: asked.mode || 'studio',
    theme: 'system',
    dark: false,
    server: Boolean(server),
    picture: null,
    loading: false,
    opening: null,
    settings,
    ranWith: settings,
    steps: [],
    at: 0,
    playing: false,
    running: false,
    speed: 'normal',
    tab: asked.tab || 'compare',
    view: { zoom: 1, x: 0.5, y: 0.5 },
    split: 0.5,
    gain: 4,
    loupe: true,
    marking: false,
    region: null,
    hover: null,
    selected: null,
    cloudInks: 'own',
    seedCount: 3,
    many: 0,
    file: null,
    failed: null,
    facts: null,
    trouble: null,
  });
  const { on, set, state } = store;
  const engines = () => new Engine(source);
  const session = createSession(store, engines, server);
  const player = createPlayer(store);
  const shown = createShown(store);
  const background = createBackground(store, engines);
  keepFiles(store, session.engine, server);

  function pin(hex, entry) {
    const held = state.ranWith.keep[entry]; // pinned colors come first in the palette
    // Since the run on the screen began others may have been pinned.
    const others = state.settings.keep.filter((color) => color !== (held || hex));
    session.change({ keep: held ? others : [...others, hex] });
    set({ selected: held ? null : others.length });
    toast(held ? `${hex} may move again` : `${hex} is pinned: it stays in the palette`);
  }

  function place(pixel) {
    const hex = hexAt(state.picture.rgba, 4 * pixel);
    const { placed } = state.settings;
    if (placed.includes(hex)) toast(`${hex} has a center already`);
    else if (placed.length >= roomToPlace(state.settings, state.picture)) toast('A palette has room for 256 colors: remove a center first', true);
    else session.change({ placed: [...placed, hex] });
  }

  const openFile = (blob) => openBlob(blob, { session, server });
  const samples = data.samples || [];
  const sample = (name) => {
    const found = samples.find((one) => one.name === name);
    if (found) return session.show(pictureOf(found)).catch((error) => toast(error.message, true));
    return null;
  };
  const pictureOf = (one) => ({ format: 'PNG', ...one, name: `${one.name}.png`, sample: one.name, region: regionOf(one) });

  mountSettings(byId('settings'), { store, change: session.change, server });
  const { many, note } = mountTabs(byId('tabs'), { store, background, change: session.change });
  const stage = mountStage(byId('stage'), { store, shown, many, place });
  byId('stage').append(note);
  mountReadout(byId('readout'), { store, shown });
  mountPalette(byId('palette'), { store, shown, pin });
  const transport = mountTransport(byId('transport'), {
    store,
    player,
    words: (step, last) => {
      if (!step) return ['', state.picture && !state.running ? 'no centers yet' : ''];
      const { space } = state.ranWith;
      const unit = space === 'oklab' ? '' : ' levels';
      const far = `the farthest by ${errorWords(step.shift, space)}${unit}`;
      return stepWords(step, last, { k: step.weights.length, what: 'pixel', taken: state.picture.taken, far });
    },
  });
  mountCurve(byId('curve'), {
    store,
    player,
    title: () => (state.ranWith.space === 'oklab' ? 'Error, OKLab \u00D7 100' : 'Error per pixel, RMSE'),
    format: (value) => errorWords(value, state.ranWith.space),
    keys: ['steps', 'at', 'region', 'many', 'dark'],
    lines: () => curveLines(state, background),
  });
  const cloud = mountCloud(byId('cloud'), { store, shown });
  const given = data.facts && !Object.keys(asked.settings).length ? { facts: data.facts, settings } : null;
  mountFacts(byId('facts'), { store, given });
  mountFoot(byId('foot'), { store, given });
  const plane = mountPlane(byId('plane'), asked.plane);
  on(['dark'], () => plane.store.set({ dark: state.dark }));
  /** Shows what an address asks for; what it does not name is as at the beginning. */
  async function apply(found) {
    set({ mode: found.mode || 'studio', tab: found.tab || 'compare', selected: null, playing: false, split: 0.5, view: { zoom: 1, x: 0.5, y: 0.5 } });
    if (found.plane) plane.apply(found.plane);
    else {
      const wanted = samples.find(({ name }) => name === found.picture);
      const next = { ...usual, ...found.settings };
      set({ settings: next });
      if (wanted && state.picture && state.picture.sample !== wanted.name) await session.show({ ...pictureOf(wanted), first: true });
      else {
        set({ region: (state.picture && state.picture.region) || null });
        await session.run();
      }
      if (state.settings === next) player.go(found.at || 0);
    }
  }
  const hash = mountHash(store, plane.store, usual, (found) => apply(found).catch((error) => toast(error.message, true)));
  mountTop(
    { modes: byId('modes'), source: byId('source'), actions: byId('actions') },
    { store, shown, server, data, open: openFile, sample, link: () => hash.now() },
  );
  mountDrop(openFile);
  mountKeys(store, () => (state.mode === 'plane' ? plane.player : player));

  const showMode = () => {
    for (const mode of ['studio', 'plane', 'lesson']) byId(mode).hidden = state.mode !== mode;
    player.pause();
    plane.player.pause();
  };
  on(['mode'], showMode);
  on(['trouble'], () => {
    if (state.trouble) toast(state.trouble, true);
    set({ trouble: null }); // the same trouble is told again when it comes again
  });
  showMode();

  const first = samples.find(({ name }) => name === asked.picture) || data.picture || samples[0];
  const opening = first === data.picture ? first : first && pictureOf(first);
  const studio = { data, store, session, player, shown, stage, cloud, transport, sample, server, plane, engines, Cloud, cloudOf };
  studio.lesson = mountLesson(byId('lesson'), studio);
  window.studio = studio;
  studio.ready = opening
    ? session.show({ ...opening, first: true }).then(
        // A report begins at the end, where its file is; the studio at the beginning.
        () => (asked.at !== undefined ? player.go(asked.at) : data.mode === 'report' && player.last()),
        (error) => toast(error.message, true),
      )
    : Promise.resolve();
  transport.focus();
  return studio;
}

const regionOf = ({ region }) => {
  if (!region) return null;
  const [x, y, width, height, name] = region;
  return { x, y, width, height, name: name || 'region' };
};

/** The lines of the error: other seeds, the region, the picture. */
function curveLines(state, background) {
  const { steps, region, ranWith } = state;
  const others = otherSeeds(state)
    .map((settings) => background.result(settings))
    .filter((found) => found && found.space === ranWith.space);
  const faint = others.map(({ errors }, place) => ({
    values: errors.flatMap((error) => [error, undefined]),
    color: 'edge',
    faint: true,
    name: place === 0 ? countOf(others.length, 'other seed') : '',
  }));
  const lines = [...faint, { values: steps.map((step) => step.error), color: 'accent', name: 'picture' }];
  if (region) lines.push({ values: steps.map((step) => step.regionError), color: 'second', name: region.name });
  return lines;
}
