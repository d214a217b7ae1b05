// What the channels of a cluster's colors have in common, and entries that keep it, as color/relations.py has it:
// a cluster of grays gets a gray.

import { AROUND, SPACES, toGrid } from './spaces.js';

/**
 * What each of k clusters demands of its entry: {leaders: Uint8Array(3k), fixed: Uint8Array(3k), values: Uint8Array(3k)}.
 * strict: Uint8Array(k), clusters whose equal channels must be so in all pixels, or null.
 */
export function relationsOf(colors, counts, labels, k, strict = null) {
  const n = counts.length;
  const sizes = new Float64Array(k);
  for (let i = 0; i < n; i++) sizes[labels[i]] += counts[i];
  const { fixed, values } = constants(colors, labels, k);
  const all = sizes.includes(0) ? constants(colors, new Uint16Array(n), 1) : null;
  const leaders = new Uint8Array(3 * k);
  for (let j = 0; j < k; j++) leaders.set([0, 1, 2], 3 * j);
  for (const [low, high] of [[0, 1], [0, 2], [1, 2]]) {
    const held = new Float64Array(k);
    let equal = 0;
    for (let i = 0; i < n; i++) {
      if (colors[3 * i + low] !== colors[3 * i + high]) continue;
      held[labels[i]] += counts[i];
      equal++;
    }
    for (let j = 0; j < k; j++) {
      let found = 8 * held[j] >= 7 * sizes[j];
      if (strict !== null && strict[j]) found = found && held[j] === sizes[j];
      if (sizes[j] === 0) found = equal === n;
      if (found) leaders[3 * j + high] = leaders[3 * j + low];
    }
  }
  for (let j = 0; j < k; j++) {
    if (sizes[j] === 0) {
      fixed.set(all.fixed, 3 * j);
      values.set(all.values, 3 * j);
    }
  }
  for (let one = 0; one < 3; one++) {
    for (let other = 0; other < 3; other++) {
      for (let j = 0; j < k; j++) {
        const shared = fixed[3 * j + one] && !fixed[3 * j + other] && leaders[3 * j + one] === leaders[3 * j + other];
        if (!shared) continue;
        fixed[3 * j + other] = 1;
        values[3 * j + other] = values[3 * j + one];
      }
    }
  }
  return { leaders, fixed, values };
}

/** Which channels are constant in a cluster, and what they are. */
function constants(colors, labels, k) {
  const fixed = new Uint8Array(3 * k).fill(1);
  const values = new Uint8Array(3 * k);
  const seen = new Uint8Array(k);
  for (let i = 0; i < labels.length; i++) {
    const j = labels[i];
    for (let c = 0; c < 3; c++) {
      if (!seen[j]) values[3 * j + c] = colors[3 * i + c];
      else if (values[3 * j + c] !== colors[3 * i + c]) fixed[3 * j + c] = 0;
    }
    seen[j] = 1;
  }
  return { fixed, values };
}

/** A color as entry j must be. */
function within(relations, j, color) {
  return [0, 1, 2].map((c) =>
    relations.fixed[3 * j + c] ? relations.values[3 * j + c] : color[relations.leaders[3 * j + c]],
  );
}

/** Whether entry j of a palette, Uint8Array(3k), has not what its cluster demands. */
export function isBroken(relations, j, palette) {
  const color = palette.subarray(3 * j, 3 * j + 3);
  return within(relations, j, color).some((value, c) => value !== color[c]);
}

/** The 8-bit color that keeps the relations of entry j, nearest to a target in units; it walks from a near color. */
export function nearestWithin(relations, j, color, target, space) {
  let found = within(relations, j, color);
  const { scale } = SPACES[space];
  const goal = Array.from(target, (value) => value * scale);
  for (let step = 0; step < 256; step++) {
    const tried = AROUND.map((offset) =>
      within(relations, j, found.map((value, c) => Math.min(255, Math.max(0, value + offset[c])))),
    );
    const grid = toGrid(Uint8Array.from(tried.flat()), space);
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < tried.length; i++) {
      const [a, b, c] = [0, 1, 2].map((channel) => grid[3 * i + channel] - goal[channel]);
      const distance = a * a + b * b + c * c;
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    if (best === 0) break;
    found = tried[best];
  }
  return found;
}
