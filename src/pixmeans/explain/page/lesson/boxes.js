// Other ways to choose colors, for comparison: median cut (Heckbert, 1982) and an octree (Gervautz and Purgathofer, 1988).

/** Boxes of colors by median cut: [{rows: of the histogram, low: [r, g, b], high}]. */
export function medianCut(picture, k) {
  const { colors, counts } = picture;
  const boxOf = (rows) => {
    const low = [255, 255, 255];
    const high = [0, 0, 0];
    let weight = 0;
    for (const row of rows) {
      weight += counts[row];
      for (let c = 0; c < 3; c++) {
        low[c] = Math.min(low[c], colors[3 * row + c]);
        high[c] = Math.max(high[c], colors[3 * row + c]);
      }
    }
    return { rows, low, high, weight };
  };
  const boxes = [boxOf(Array.from(counts.keys()))];
  while (boxes.length < k) {
    // The box of most pixels that can be cut, through the middle of its pixels, across its longest side.
    const cut = boxes.filter(({ rows }) => rows.length > 1).sort((one, other) => other.weight - one.weight)[0];
    if (!cut) break;
    const sides = [0, 1, 2].map((c) => cut.high[c] - cut.low[c]);
    const axis = sides.indexOf(Math.max(...sides));
    const sorted = [...cut.rows].sort((one, other) => colors[3 * one + axis] - colors[3 * other + axis] || one - other);
    let sum = 0;
    let place = 0;
    while (place < sorted.length - 1 && sum + counts[sorted[place]] <= cut.weight / 2) sum += counts[sorted[place++]];
    place = Math.max(1, place);
    boxes.splice(boxes.indexOf(cut), 1, boxOf(sorted.slice(0, place)), boxOf(sorted.slice(place)));
  }
  return boxes;
}

/** Boxes of colors by an octree whose lightest leaves are folded until k are left. */
export function octree(picture, k) {
  const { colors, counts } = picture;
  const leaves = new Map();
  const keyAt = (row, depth) => [0, 1, 2].reduce((key, c) => key * 256 + (colors[3 * row + c] >> (8 - depth)), depth);
  const depth = 5;
  for (let row = 0; row < counts.length; row++) {
    const key = keyAt(row, depth);
    const leaf = leaves.get(key) || { rows: [], weight: 0, depth };
    leaf.rows.push(row);
    leaf.weight += counts[row];
    leaves.set(key, leaf);
  }
  for (let level = depth; level > 0 && leaves.size > k; level--) {
    const parents = new Map();
    for (const [key, leaf] of leaves) {
      if (leaf.depth !== level) continue;
      const parent = keyAt(leaf.rows[0], level - 1);
      const group = parents.get(parent) || { keys: [], weight: 0 };
      group.keys.push(key);
      group.weight += leaf.weight;
      parents.set(parent, group);
    }
    for (const [parent, { keys, weight }] of [...parents].sort(([, one], [, other]) => one.weight - other.weight)) {
      if (leaves.size <= k) break;
      const rows = keys.flatMap((key) => leaves.get(key).rows);
      for (const key of keys) leaves.delete(key);
      leaves.set(parent, { rows, weight, depth: level - 1 });
    }
  }
  return [...leaves.values()].map(({ rows, weight, depth: at }) => {
    const side = 2 ** (8 - at);
    const low = [0, 1, 2].map((c) => Math.floor(colors[3 * rows[0] + c] / side) * side);
    return { rows, weight, low, high: low.map((value) => value + side - 1) };
  });
}

/** The mean colors of boxes, and the RMSE that their palette leaves when each color goes to its nearest entry. */
export function judged(picture, boxes) {
  const { colors, counts, visible } = picture;
  const palette = boxes.map(({ rows, weight }) =>
    [0, 1, 2].map((c) => Math.round(rows.reduce((sum, row) => sum + counts[row] * colors[3 * row + c], 0) / weight)),
  );
  let sum = 0;
  for (let row = 0; row < counts.length; row++) {
    let best = Infinity;
    for (const entry of palette) {
      let square = 0;
      for (let c = 0; c < 3; c++) square += (colors[3 * row + c] - entry[c]) ** 2;
      best = Math.min(best, square);
    }
    sum += counts[row] * best;
  }
  return { palette, error: Math.sqrt(sum / visible) };
}

/** The edges of a box as one line through the cube, -0.5 to 0.5. */
export function edgesOf({ low, high }) {
  const corner = (bits) => [0, 1, 2].map((c) => ((bits >> c) & 1 ? high[c] + 1 : low[c]) / 256 - 0.5);
  return Float64Array.from([0, 1, 3, 2, 0, 4, 5, 1, 5, 7, 3, 7, 6, 2, 6, 4].flatMap(corner));
}
