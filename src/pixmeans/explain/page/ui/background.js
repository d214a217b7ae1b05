// Runs beside the one on the screen, in a worker of their own: other seeds and other numbers of colors.

import { runKey, runOptions } from './session.js';

const KEPT = 64; // results that are remembered

/** want(list of settings) asks for these runs, and for no others; result(settings) -> {step, errors} or null. */
export function createBackground(store, engines) {
  const { set, state } = store;
  let engine = null;
  let loaded = null;
  let queue = [];
  let busy = false;
  const results = new Map();

  const keyOf = (settings) => `${state.picture.number} ${runKey(settings)}`;
  const result = (settings) => (state.picture && results.get(keyOf(settings))) || null;

  async function work() {
    if (busy) return;
    busy = true;
    try {
      while (queue.length) {
        const settings = queue.shift();
        const { picture } = state;
        if (!picture || result(settings)) continue;
        engine ||= engines();
        if (loaded !== picture) {
          await engine.load(picture);
          loaded = picture;
        }
        const key = `${picture.number} ${runKey(settings)}`;
        let step = null;
        const done = await engine.run(runOptions(settings, picture), (steps) => (step = steps[steps.length - 1]), 'last');
        if (!step) continue;
        const errors = done.errors.map((inertia) => Math.sqrt(inertia / picture.taken));
        results.set(key, { step, errors, space: settings.space });
        if (results.size > KEPT) results.delete(results.keys().next().value);
        set({ many: state.many + 1 });
      }
    } finally {
      busy = false;
    }
  }

  function want(list) {
    queue = list.filter((settings) => !result(settings));
    return work();
  }
  return { want, result };
}
