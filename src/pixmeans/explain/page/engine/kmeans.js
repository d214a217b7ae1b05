// Lloyd's algorithm on points of whole numbers: the run of clustering/kmeans.py, half-step by half-step, to the bit.
//
// All sums are of whole numbers below 2**53, so they are exact and their order does not matter. A point is compared with
// the neighbors of its last centroid alone: by the triangle inequality no other one can be nearer.

/**
 * Moves centroids until nothing changes, or `maxIterations` are done. Yields an 'assign' step for iterations 0, 1, 2, ...
 * and an 'update' step between any two:
 *   {iteration, phase, centroids: Int32Array(d k), labels: Uint16Array(n), weights: Float64Array(k), inertia, changed,
 *    shift, refilled: [row, ...], converged}
 * with inertia and shift in units, and weights and inertia as they were after the last 'assign'.
 *
 * points: Int32Array(d * n), d = 2 or 3; weights: Float64Array(n) of whole numbers; start: Int32Array(d * k), k <= 65535.
 * scale: grid steps per unit. pinned: Uint8Array(k), centroids that never move, or null.
 * empty: 'refill' puts a centroid without points on the point that is served worst, 'keep' leaves it.
 */
export function* lloyd(points, weights, d, start, options = {}) {
  const { maxIterations = 1000, scale = 1, pinned = null, empty = 'keep' } = options;
  let centroids = Int32Array.from(start);
  let labels = null;
  let inertia = Infinity;
  for (let iteration = 0; iteration <= maxIterations; iteration++) {
    const lastLabels = labels;
    const lastInertia = inertia;
    const sums = assign(points, weights, d, centroids, lastLabels);
    labels = sums.labels;
    inertia = sums.inertia / (scale * scale);
    const moved = means(sums, centroids, d, pinned);
    const refilled = empty === 'refill' ? refill(points, weights, d, centroids, moved, sums, pinned) : [];
    const shift = largestShift(centroids, moved, d) / scale;
    // On a tie that changes back and forth centroids would move forever: the inertia tells.
    const converged = shift === 0 || (iteration > 0 && lastInertia - inertia <= 0);
    const changed = changedWeight(weights, lastLabels, labels);
    const common = { labels, weights: sums.weights, inertia, changed };
    yield { iteration, phase: 'assign', centroids, ...common, shift: 0, refilled: [], converged };
    if (converged) return;
    if (iteration === maxIterations) return;
    centroids = moved;
    yield { iteration: iteration + 1, phase: 'update', centroids, ...common, shift, refilled, converged: false };
  }
}

/**
 * Each point to its nearest centroid, of equally near ones the first.
 * guess: Uint16Array(n), labels to begin the search at, or null. They change the time that takes and nothing else.
 * Returns {labels: Uint16Array(n), weights: Float64Array(k), totals: Float64Array(d k), inertia in squared grid steps}.
 */
export function assign(points, weights, d, centroids, guess = null) {
  const n = weights.length;
  const k = centroids.length / d;
  const { near, gaps } = neighbors(centroids, d);
  const labels = new Uint16Array(n);
  const together = new Float64Array(k);
  const totals = new Float64Array(d * k);
  const wide = d === 3;
  let inertia = 0;
  let label = 0;
  for (let i = 0; i < n; i++) {
    const x = points[d * i];
    const y = points[d * i + 1];
    const z = wide ? points[3 * i + 2] : 0;
    // Without a guess: the label of the color before, which in Morton order is alike.
    const first = guess === null ? label : guess[i];
    let a = x - centroids[d * first];
    let b = y - centroids[d * first + 1];
    let c = wide ? z - centroids[3 * first + 2] : 0;
    const own = a * a + b * b + c * c;
    let best = own;
    label = first;
    let limit = 4 * own;
    for (let t = first * k, end = t + k - 1; t < end && gaps[t] <= limit; t++) {
      const other = near[t];
      a = x - centroids[d * other];
      b = y - centroids[d * other + 1];
      c = wide ? z - centroids[3 * other + 2] : 0;
      const distance = a * a + b * b + c * c;
      if (distance < best) {
        best = distance;
        label = other;
        const reach = Math.sqrt(own) + Math.sqrt(best);
        limit = reach * reach + 1; // 1: more than roots can be wrong by
      } else if (distance === best && other < label) {
        label = other;
      }
    }
    labels[i] = label;
    const weight = weights[i];
    together[label] += weight;
    totals[d * label] += weight * x;
    totals[d * label + 1] += weight * y;
    if (wide) totals[3 * label + 2] += weight * z;
    inertia += weight * best;
  }
  return { labels, weights: together, totals, inertia };
}

/** For each centroid all others, nearest first, k a row (the last place is free), and their squared distances. */
function neighbors(centroids, d) {
  const k = centroids.length / d;
  const near = new Uint16Array(k * k);
  const gaps = new Float64Array(k * k);
  const keys = new Float64Array(k - 1);
  for (let i = 0; i < k; i++) {
    for (let j = 0, at = 0; j < k; j++) {
      if (j === i) continue;
      let square = 0;
      for (let c = 0; c < d; c++) {
        const difference = centroids[d * i + c] - centroids[d * j + c];
        square += difference * difference;
      }
      keys[at++] = square * 65536 + j; // both in one number: they sort faster than pairs
    }
    keys.sort();
    for (let t = 0; t < k - 1; t++) {
      near[i * k + t] = keys[t] % 65536;
      gaps[i * k + t] = Math.floor(keys[t] / 65536);
    }
  }
  return { near, gaps };
}

/** The means of clusters, rounded half up to the grid; an empty or pinned centroid stays. */
function means(sums, centroids, d, pinned) {
  const moved = Int32Array.from(centroids);
  for (let j = 0; j < sums.weights.length; j++) {
    const weight = sums.weights[j];
    if (weight === 0 || (pinned !== null && pinned[j])) continue;
    for (let c = 0; c < d; c++) moved[d * j + c] = Math.floor((2 * sums.totals[d * j + c] + weight) / (2 * weight));
  }
  return moved;
}

/** Puts each centroid without points on the point that is served worst; changes `moved`, returns the rows. */
function refill(points, weights, d, centroids, moved, sums, pinned) {
  const rows = [];
  let served = null;
  for (let j = 0; j < sums.weights.length; j++) {
    if (sums.weights[j] !== 0 || (pinned !== null && pinned[j])) continue;
    served ??= weights.map((weight, i) => weight * squared(points, i, centroids, sums.labels[i], d));
    let worst = 0;
    for (let i = 1; i < served.length; i++) if (served[i] > served[worst]) worst = i;
    if (served[worst] <= 0) break;
    for (let c = 0; c < d; c++) moved[d * j + c] = points[d * worst + c];
    rows.push(j);
    for (let i = 0; i < served.length; i++) {
      served[i] = Math.min(served[i], weights[i] * squared(points, i, points, worst, d));
    }
  }
  return rows;
}

function squared(points, i, others, j, d) {
  let sum = 0;
  for (let c = 0; c < d; c++) {
    const difference = points[d * i + c] - others[d * j + c];
    sum += difference * difference;
  }
  return sum;
}

function largestShift(centroids, moved, d) {
  let most = 0;
  for (let j = 0; j < moved.length / d; j++) most = Math.max(most, squared(centroids, j, moved, j, d));
  return Math.sqrt(most);
}

/** The weight of the points whose label changed; all of it the first time. */
function changedWeight(weights, lastLabels, labels) {
  let changed = 0;
  for (let i = 0; i < weights.length; i++) {
    if (lastLabels === null || labels[i] !== lastLabels[i]) changed += weights[i];
  }
  return changed;
}
