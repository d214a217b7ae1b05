// The 2-D mode: k-means on points of a plane, half-step by half-step, with centers that can be dragged.

import { lloyd } from '../engine/kmeans.js';
import { SplitMix64 } from '../engine/random.js';
import { randomPoints } from '../engine/seeding.js';
import { mountCurve } from './curve.js';
import { crisp, el, icon, lessMotion, ratioOf, scheduled } from './dom.js';
import { EXAMPLES, MOST, pointsOfExample, SIDE } from './planedata.js';
import { CATEGORIES, drawPlane, frameOf, placeOf, shape } from './planedraw.js';
import { createPlayer, SPEEDS } from './player.js';
import { field } from './settings.js';
import { createStore } from './store.js';
import { mountTransport } from './transport.js';
import { countOf, percent, stepWords } from './words.js';

const MOST_ITERATIONS = 100;
const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, row) => [flat[2 * row], flat[2 * row + 1]]);

/** The sum of squared distances to the centers, in squared sides of the square. */
function objective(points, centers, labels) {
  let sum = 0;
  for (let point = 0; point < labels.length; point++) {
    const own = 2 * labels[point];
    sum += (points[2 * point] - centers[own]) ** 2 + (points[2 * point + 1] - centers[own + 1]) ** 2;
  }
  return sum / SIDE ** 2;
}

/** All half-steps from a start, Int32Array(2k); before the first one nobody belongs to anybody. */
export function planeSteps(points, start) {
  const steps = [{ phase: 'start', iteration: 0, centroids: start, labels: null, weights: null }];
  if (!points.length || !start.length) return steps;
  const weights = new Float64Array(points.length / 2).fill(1);
  for (const step of lloyd(points, weights, 2, start, { maxIterations: MOST_ITERATIONS, scale: SIDE, empty: 'keep' })) {
    steps.push({ ...step, error: objective(points, step.centroids, step.labels) });
  }
  return steps;
}

/** Builds the 2-D mode into host. given: {data, k, seed, noise} of an address. Returns {store, player, change, choose, apply, canvas}. */
export function mountPlane(host, given = {}) {
  const first = EXAMPLES[given.data] ? given.data : 'blobs';
  const store = createStore({
    data: first,
    k: given.k || EXAMPLES[first].k,
    seed: given.seed ?? EXAMPLES[first].seed,
    noise: given.noise ?? 1,
    points: new Int32Array(0),
    placed: [], // points that the reader added
    start: null, // centers that the reader dragged, or null
    steps: [],
    at: 0,
    playing: false,
    running: false,
    speed: 'normal',
    spokes: true,
    squares: false,
    ghosts: false,
    drawing: first === 'own',
    hover: null,
    dark: false,
  });
  const { on, set, state } = store;
  const player = createPlayer(store);
  const middle = el('section', { class: 'panel middle', 'aria-label': 'Plane' });
  const controls = el('section', { class: 'panel', 'aria-label': 'Points and centers' });
  const numbers = el('section', { class: 'panel', 'aria-label': 'Error and clusters' });
  host.replaceChildren(controls, middle, numbers);

  function startOf(points) {
    const { data, k, seed } = state;
    const byHand = EXAMPLES[data].start;
    if (byHand && k === byHand.length && seed === EXAMPLES[data].seed) return Int32Array.from(byHand.flat(), (share) => SIDE * share);
    if (!points.length) return new Int32Array(0);
    return randomPoints(points, new Float64Array(points.length / 2).fill(1), 2, k, new SplitMix64(seed));
  }

  function compute(at = 0) {
    const { data, noise, placed, start } = state;
    const points = Int32Array.from([...pointsOfExample(data, noise), ...placed.flat()]);
    const steps = planeSteps(points, start || startOf(points));
    set({ points, steps, at: Math.min(at, steps.length - 1), playing: false });
  }

  /** What decides the run; the points come back to their start. */
  const change = (patch) => {
    set({ start: null, ...patch });
    compute();
  };
  const choose = (data) => {
    const { k, seed } = EXAMPLES[data];
    change({ data, k, seed, noise: 1, placed: [], drawing: data === 'own' });
  };

  /** Shows what an address asks for. */
  const apply = ({ data, k, seed, noise }) => {
    choose(EXAMPLES[data] ? data : 'blobs');
    change({ k: k || state.k, seed: seed ?? state.seed, noise });
  };

  mountControls(controls, { store, change, choose });

  const canvas = el('canvas', { tabIndex: 0, role: 'application', 'aria-label': 'Points and centers; centers can be dragged' });
  const transport = el('div', { class: 'transport' });
  middle.replaceChildren(el('div', { class: 'stage' }, canvas), transport);
  mountTransport(transport, {
    store,
    player,
    words: (step, last) => {
      if (!step || !state.points.length) return ['No points yet', 'click or tap into the square'];
      if (step.phase === 'start') return ['Start', `${countOf(step.centroids.length / 2, 'center')}; no point belongs to one yet`];
      const far = `the farthest by ${step.shift.toFixed(3)}`;
      return stepWords(step, last, { k: step.weights.length, what: 'point', taken: state.points.length / 2, far });
    },
  });
  mountNumbers(numbers, { store, player });

  let moved = 1; // how much of an update has been shown
  let before = 0;
  function draw() {
    const { at, points, steps } = state;
    const context = canvas.getContext('2d');
    const ratio = ratioOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    const step = steps[at];
    if (!step) return;
    const last = step.phase === 'update' ? pairs(steps[at - 1].centroids) : null;
    const goal = pairs(step.centroids);
    const centers = last ? goal.map(([x, y], which) => [last[which][0] + moved * (x - last[which][0]), last[which][1] + moved * (y - last[which][1])]) : goal;
    const assignment = steps[at - 2];
    const changed =
      step.phase === 'assign' && assignment && assignment.labels
        ? Uint8Array.from(step.labels, (label, point) => (label !== assignment.labels[point] ? 1 : 0))
        : null;
    drawPlane(context, frameOf(canvas.clientWidth, canvas.clientHeight), {
      points,
      centers,
      labels: step.labels,
      before: last,
      changed,
      ghosts: (state.ghosts && EXAMPLES[state.data].centers) || [],
      spokes: state.spokes,
      squares: state.squares,
      hover: state.hover,
    });
  }
  const redraw = scheduled(draw);
  crisp(canvas, redraw);
  on(['at', 'steps'], () => {
    const { at, steps } = state;
    const forth = at === before + 1 && steps[at] && steps[at].phase === 'update' && !lessMotion();
    before = at;
    moved = forth ? 0 : 1;
    const began = performance.now();
    const glide = (now) => {
      if (state.at !== at) return;
      const share = Math.min(1, (now - began) / Math.min(320, 0.7 * SPEEDS[state.speed]));
      moved = share * share * (3 - 2 * share);
      draw();
      if (share < 1) requestAnimationFrame(glide);
    };
    if (forth) requestAnimationFrame(glide);
    redraw();
  });
  on(['spokes', 'squares', 'ghosts', 'hover', 'dark', 'points'], redraw);
  listenToPlane(canvas, { store, compute });
  compute();
  return { store, player, change, choose, apply, canvas };
}

/** Drags centers and places points. */
function listenToPlane(canvas, { store, compute }) {
  const { set, state } = store;
  let dragged = null;
  const frame = () => frameOf(canvas.clientWidth, canvas.clientHeight);
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const centerAt = (event) => {
    const [x, y] = spot(event);
    const { left, size, top } = frame();
    const reach = event.pointerType === 'touch' ? 26 : 16;
    let best = null;
    pairs(state.steps[state.at].centroids).forEach(([a, b], which) => {
      const far = Math.hypot(left + (size * a) / SIDE - x, top + size * (1 - b / SIDE) - y);
      if (far < reach && (!best || far < best.far)) best = { which, far };
    });
    return best && best.which;
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    dragged = centerAt(event);
    if (dragged === null && state.drawing) {
      const [x, y] = placeOf(frame(), ...spot(event));
      const begins = state.start || state.steps[0].centroids;
      // Centers that stand already stay where they are while points are added.
      set({ placed: [...state.placed, [x, y]], start: begins.length === 2 * state.k ? begins : null });
      compute();
    }
  });
  canvas.addEventListener('pointermove', (event) => {
    if (dragged === null) {
      if (event.buttons) return;
      const hover = centerAt(event);
      canvas.style.cursor = hover !== null ? 'grab' : state.drawing ? 'crosshair' : 'default';
      set({ hover });
      return;
    }
    const start = Int32Array.from(state.steps[state.at].centroids);
    start.set(placeOf(frame(), ...spot(event)), 2 * dragged);
    // A new run begins where the center is dropped; its first assignment is seen at once.
    set({ start });
    compute(1);
  });
  const up = () => {
    dragged = null;
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  canvas.addEventListener('pointerleave', () => set({ hover: null }));
}

function mountControls(host, { store, change, choose }) {
  const { on, set, state } = store;
  const data = el(
    'select',
    { id: 'plane-data', 'aria-describedby': 'plane-data-why', on: { change: () => choose(data.value) } },
    ...Object.entries(EXAMPLES).map(([value, { title }]) => el('option', { value }, title)),
  );
  const k = el('input', { type: 'range', id: 'plane-k', min: 1, max: MOST, 'aria-describedby': 'plane-k-why', on: { input: () => change({ k: Number(k.value) }) } });
  const kWords = el('b', { class: 'number' });
  const seed = el('input', { type: 'number', id: 'plane-seed', min: 0, max: 4294967295, 'aria-describedby': 'plane-seed-why', on: { change: () => change({ seed: Math.max(0, Math.floor(Number(seed.value)) || 0) }) } });
  const dice = el('button', { type: 'button', id: 'plane-dice', title: 'Another seed', 'aria-label': 'Another seed', on: { click: () => change({ seed: state.seed + 1 }) } }, icon('dice'));
  const noise = el('input', { type: 'range', id: 'plane-noise', min: 0, max: 3, step: 0.1, 'aria-describedby': 'plane-noise-why', on: { input: () => change({ noise: Number(noise.value) }) } });
  const noiseWords = el('b', { class: 'number' });
  const check = (name, label, title) => {
    const box = el('input', { type: 'checkbox', id: `plane-${name}`, on: { change: () => set({ [name]: box.checked }) } });
    return { box, row: el('div', { class: 'check', title }, box, el('label', { for: `plane-${name}` }, label)) };
  };
  const checks = {
    spokes: check('spokes', 'Lines to the centers', 'From each point to its center'),
    squares: check('squares', 'Squares on the distances', 'The error is the area of all of them'),
    ghosts: check('ghosts', 'True centers', 'Where the points were made around'),
    drawing: check('drawing', 'Place points by click', 'Each click or tap adds a point'),
  };
  const clear = el('button', { type: 'button', id: 'plane-clear', on: { click: () => change({ placed: [] }) } }, 'Remove my points');
  const undo = el('button', { type: 'button', id: 'plane-undo', on: { click: () => change({ placed: state.placed.slice(0, -1) }) } }, 'Undo');
  const rows = {
    data: field('plane-data', 'Points', [data]),
    k: field('plane-k', 'Centers, k', [kWords], { wide: k }),
    seed: field('plane-seed', 'Seed', [seed, dice]),
    noise: field('plane-noise', 'Noise', [noiseWords], { wide: noise }),
  };
  const buttons = el('div', { class: 'buttons' }, undo, clear);
  host.replaceChildren(
    el('div', { class: 'fields' }, ...Object.values(rows).map(({ row }) => row)),
    el('div', {}, ...Object.values(checks).map(({ row }) => row)),
    buttons,
    el('p', { class: 'why' }, 'Drag a center: k-means goes on from there.'),
  );
  function show() {
    const example = EXAMPLES[state.data];
    data.value = state.data;
    rows.data.why.textContent = example.lesson;
    k.value = state.k;
    kWords.textContent = state.k;
    rows.k.why.textContent = example.k === state.k ? 'Somebody must choose it.' : `This example is meant for ${example.k}.`;
    seed.value = state.seed;
    rows.seed.why.textContent = state.start ? 'You moved the centers.' : 'Which points the centers start on.';
    noise.value = state.noise;
    noiseWords.textContent = state.noise.toFixed(1);
    rows.noise.why.textContent = 'How far points stray from their group.';
    for (const [name, { box }] of Object.entries(checks)) box.checked = state[name];
    checks.ghosts.row.hidden = !example.centers;
    buttons.hidden = !state.placed.length;
  }
  on(['data', 'k', 'seed', 'noise', 'spokes', 'squares', 'ghosts', 'drawing', 'placed', 'start'], show);
  show();
}

function mountNumbers(host, { store, player }) {
  const { on, state } = store;
  const big = el('p', { class: 'big' });
  const what = el('p', { class: 'mute' });
  const curve = el('div', { class: 'curve' });
  const clusters = el('div', { class: 'clusters' });
  // The two lines of clustering/kmeans.py; the one that made the half-step on the screen lights up.
  const code = {
    repeat: el('span', {}, 'repeat:'),
    assign: el('span', {}, '  labels, sums = assign(points, centers)'),
    update: el('span', {}, '  centers = sums.means()'),
    until: el('span', {}, 'until nothing changes'),
  };
  host.replaceChildren(
    el('h2', {}, 'Sum of squared distances'),
    big,
    what,
    curve,
    el('h2', {}, 'Clusters'),
    clusters,
    el('h2', {}, 'The whole algorithm'),
    el('pre', { class: 'code' }, ...Object.values(code)),
  );
  mountCurve(curve, {
    store,
    player,
    title: () => 'Filled after Assign, hollow after Update',
    format: (value) => value.toFixed(3),
    keys: ['steps', 'at', 'dark'],
    plain: true,
    lines: () => [{ values: state.steps.map((step) => step.error), color: 'accent', name: '' }],
  });
  function show() {
    const { at, points, steps } = state;
    const step = steps[at];
    const count = points.length / 2;
    big.textContent = step && step.labels ? step.error.toFixed(3) : 'not yet';
    what.textContent = `of ${countOf(count, 'point')}, in a square of side 1`;
    const centers = step ? step.centroids.length / 2 : 0;
    clusters.replaceChildren(
      ...Array.from({ length: centers }, (_, which) => {
        const mark = el('canvas', { width: 36, height: 36, 'aria-hidden': 'true' });
        mark.style.width = mark.style.height = '18px';
        const context = mark.getContext('2d');
        shape(context, which, 18, 18, 11);
        context.fillStyle = CATEGORIES[which];
        context.fill();
        const own = step.weights ? `${countOf(step.weights[which], 'point')}, ${percent(step.weights[which] / count)}` : 'nothing yet';
        return el('div', { class: 'check' }, mark, el('b', {}, which + 1), el('span', { class: 'number' }, own));
      }),
    );
    for (const [name, line] of Object.entries(code)) {
      line.classList.toggle('lit', Boolean(step) && (step.converged ? name === 'until' : name === step.phase));
    }
  }
  on(['steps', 'at'], show);
  show();
}
