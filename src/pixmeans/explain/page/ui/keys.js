// The keys: the same in every mode, each for the run that is to be seen.

/** What the menu of keys says. */
export const KEYS = [
  ['Space', 'play or pause'],
  ['\u2190 \u2192', 'half a step back or on'],
  ['Home End', 'to the start, to the end'],
  ['1 2 3', 'all compressed, half and half, all original'],
  ['Esc', 'show all colors again'],
  ['L', 'loupe on or off'],
  ['+ \u2212', 'zoom the picture that has the focus'],
];

/** Listens to keys. player() -> that of the mode. */
export function mountKeys(store, player) {
  const { set, state } = store;
  document.addEventListener('keydown', (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const writes = target.matches('select, textarea, input:not([type="range"]):not([type="checkbox"])');
    if (event.key === 'Escape') {
      for (const menu of document.querySelectorAll('details.menu[open]')) menu.open = false;
      if (!writes) set({ selected: null, marking: false });
      return;
    }
    if (writes || (state.mode === 'lesson' && target.closest('#lesson'))) return;
    // Buttons keep the space bar, sliders their arrows.
    if (event.key === ' ' && target.matches('button, summary, input')) return;
    if (target.matches('input[type="range"]:not(.scrubber)') && /^(Arrow|Home|End)/.test(event.key)) return;
    const now = player();
    const act = {
      ' ': now.toggle,
      ArrowLeft: () => now.step(-1),
      ArrowRight: () => now.step(1),
      Home: now.first,
      End: now.last,
      1: () => set({ split: 0 }),
      2: () => set({ split: 0.5 }),
      3: () => set({ split: 1 }),
      l: () => set({ loupe: !state.loupe }),
      L: () => set({ loupe: !state.loupe }),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
