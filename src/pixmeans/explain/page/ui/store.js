// The one place where the page's state lives. Parts of the page say which keys they show and are told when these
// change; nobody asks anybody else.

/** A store of named values: `state` is read, `set` changes it, `on` listens to keys. */
export function createStore(initial) {
  const state = { ...initial };
  const listeners = [];
  let waiting = null;

  function tell(changed) {
    for (const { keys, act } of [...listeners]) if (keys.some((key) => changed.has(key))) act(state);
  }

  /** Changes some values; who listens to one that is another than before is told once, after all of them are set. */
  function set(patch) {
    const changed = new Set();
    for (const [key, value] of Object.entries(patch)) {
      if (state[key] !== value) {
        state[key] = value;
        changed.add(key);
      }
    }
    if (!changed.size) return;
    // A listener may set more: it is told in the next round, so that each round sees one consistent state.
    if (waiting) {
      waiting.push(changed);
      return;
    }
    waiting = [changed];
    try {
      while (waiting.length) tell(waiting.shift());
    } finally {
      waiting = null; // also after an error in a listener, or nobody would be told of anything any more
    }
  }

  /** Calls act(state) when one of the keys changes; returns what ends that. */
  function on(keys, act) {
    const entry = { keys, act };
    listeners.push(entry);
    return () => listeners.splice(listeners.indexOf(entry), 1);
  }

  /** As `on`, but only when one of the values of see(state), a list, is another than the last time. */
  function onSeen(keys, see, act) {
    let last = [];
    return on(keys, () => {
      const now = see(state);
      if (now.length === last.length && now.every((value, place) => value === last[place])) return;
      last = now;
      act(state);
    });
  }

  return { state, set, on, onSeen };
}
