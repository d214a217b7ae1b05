// The settings in the address, so that a link shows the same.

const CHOICES = {
  start: ['random-pixels', 'random-colors', 'k-means++', 'placed'],
  space: ['rgb', 'oklab'],
  dither: ['none', 'auto', 'floyd-steinberg', 'blue-noise', 'bayer', 'riemersma'],
  protect: ['off', 'auto', 'strong'],
};
const LIMITS = { k: [2, 256], seed: [0, 4294967295], maxIterations: [0, 1000] };
const LISTS = ['keep', 'placed'];
const TABS = ['compare', 'cells', 'difference', 'seeds', 'ks'];
const MODES = ['studio', 'plane', 'lesson'];

/** What an address asks for: {settings, picture, tab, mode, at}; what it has wrong is left out. */
export function read(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const settings = {};
  for (const [name, [low, high]] of Object.entries(LIMITS)) {
    const value = Number(given.get(name));
    if (given.has(name) && Number.isInteger(value) && value >= low && value <= high) settings[name] = value;
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    if (choices.includes(given.get(name))) settings[name] = given.get(name);
  }
  for (const name of LISTS) {
    if (given.has(name)) {
      settings[name] = given
        .get(name)
        .split('.')
        .filter((word) => /^[0-9a-f]{6}$/i.test(word))
        .slice(0, 255)
        .map((word) => `#${word.toUpperCase()}`);
    }
  }
  const found = { settings };
  if (given.has('picture')) found.picture = given.get('picture');
  if (TABS.includes(given.get('tab'))) found.tab = given.get('tab');
  if (MODES.includes(given.get('mode'))) found.mode = given.get('mode');
  if (found.mode === 'plane') {
    const noise = Number(given.get('noise') ?? 1);
    found.plane = { data: given.get('data'), seed: settings.seed, noise: noise >= 0 && noise <= 3 ? noise : 1 };
    const k = Number(given.get('k'));
    if (Number.isInteger(k) && k >= 1 && k <= 6) found.plane.k = k;
    found.settings = {};
  }
  if (/^\d{1,4}$/.test(given.get('at') || '')) found.at = Number(given.get('at'));
  return found;
}

/**
 * The address of a state: what differs from the settings that the page begins with, usual, and the half-step. plane: that
 * of the 2-D mode.
 */
function written(state, plane, usual) {
  const given = new URLSearchParams();
  if (state.mode === 'plane') return `#${new URLSearchParams({ mode: 'plane', data: plane.data, k: plane.k, seed: plane.seed, noise: plane.noise })}`;
  if (state.mode !== 'studio') given.set('mode', state.mode);
  if (state.picture && state.picture.sample) given.set('picture', state.picture.sample);
  for (const [name, value] of Object.entries(state.settings)) {
    if (Array.isArray(value)) {
      if (value.join() !== usual[name].join()) given.set(name, value.map((word) => word.slice(1)).join('.'));
    } else if (value !== usual[name] || name === 'k' || name === 'seed') given.set(name, value);
  }
  if (state.tab !== 'compare') given.set('tab', state.tab);
  if (state.at) given.set('at', state.at);
  return `#${given}`;
}

/**
 * Keeps the address up to date, and obeys when somebody changes it. usual: the settings that the page begins with.
 * apply(found): what `read` finds. now(): the address as it is, also of a run that plays, when it is not kept up to date.
 */
export function mountHash(store, plane, usual, apply) {
  let own = location.hash;
  let waiting = 0;
  const write = () => {
    if (!store.state.picture) return;
    if (location.hash !== own) return; // somebody changed it just now, and is to be obeyed first
    const hash = written(store.state, plane.state, usual);
    if (hash === own) return;
    own = hash;
    try {
      history.replaceState(null, '', hash);
    } catch {
      // Some browsers refuse this to pages from files; the page works without.
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => store.state.playing || write(), 200);
  };
  store.on(['settings', 'tab', 'mode', 'at', 'picture', 'playing'], soon);
  plane.on(['data', 'k', 'seed', 'noise'], soon);
  window.addEventListener('hashchange', () => {
    if (location.hash === own) return;
    own = location.hash;
    apply(read(location.hash));
  });
  return { now: () => (write(), location.href) };
}
