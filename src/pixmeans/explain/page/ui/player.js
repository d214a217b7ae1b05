// Goes through a run half-step by half-step. It needs a store with `steps`, `at`, `playing`, `speed` and `running`.

/** Milliseconds that a half-step stays. */
export const SPEEDS = { slow: 1100, normal: 420, fast: 110 };

/** What moves through the half-steps in a store; all functions may be called at any time. */
export function createPlayer(store) {
  const { state, set, on } = store;
  let timer = 0;

  const go = (at) => set({ at: Math.max(0, Math.min(state.steps.length - 1, at)) });
  const atEnd = () => state.at >= state.steps.length - 1;

  function tick() {
    if (!state.playing) return;
    if (!atEnd()) go(state.at + 1);
    else if (!state.running) {
      set({ playing: false });
      return;
    }
    timer = setTimeout(tick, SPEEDS[state.speed]);
  }

  const pause = () => set({ playing: false });
  const play = () => {
    if (state.steps.length < 2 && !state.running) return;
    if (atEnd() && !state.running) go(0); // play at the end plays again
    set({ playing: true });
  };

  on(['playing', 'speed'], () => {
    clearTimeout(timer);
    if (state.playing) timer = setTimeout(tick, SPEEDS[state.speed] / 2);
  });

  return {
    play,
    pause,
    toggle: () => (state.playing ? pause() : play()),
    go: (at) => {
      pause();
      go(at);
    },
    step: (by) => {
      pause();
      go(state.at + by);
    },
    first: () => {
      pause();
      go(0);
    },
    last: () => {
      pause();
      go(state.steps.length - 1);
    },
  };
}
