// The player of a notebook: one run, half-step by half-step, on a small picture or on none.

import { histogram } from '../engine/histogram.js';
import { assign, lloyd } from '../engine/kmeans.js';
import { firstCentroids } from '../engine/seeding.js';
import { SPACES, toBytes, toGrid } from '../engine/spaces.js';

const PACE = 450; // milliseconds that a half-step stays

const byId = (id) => document.getElementById(id);

/** Begins with what stands in the page. */
export async function start() {
  const data = JSON.parse(byId('pixmeans-data').textContent);
  const run = data.picture ? await runOf(data) : { steps: data.steps, draw: () => {} };
  show(run, data);
}

/** Plain k-means on the picture of the page: its half-steps, and what draws the picture in the colors of one. */
async function runOf({ picture, settings }) {
  const image = new Image();
  image.src = picture.src;
  await image.decode();
  const { width, height } = picture;
  const canvas = byId('picture');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, width, height);
  const counted = histogram(pixels.data, width, height);
  const { colors, counts, where } = counted;
  const { space, seed, start: init, maxIterations } = settings;
  const points = toGrid(colors, space);
  const k = Math.min(settings.k, counts.length);
  const first = firstCentroids({ start: init, colors, points, weights: counts, k, seed, space });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const steps = [];
  for (const step of lloyd(points, counts, 3, first, { maxIterations, scale: SPACES[space].scale })) {
    steps.push({
      iteration: step.iteration,
      phase: step.phase,
      error: step.inertia / total,
      changed: step.changed / total,
      shares: Array.from(step.weights, (weight) => weight / total),
      colors: toBytes(step.centroids, space),
    });
  }
  const draw = (step) => {
    const { labels } = assign(points, counts, 3, toGrid(step.colors, space));
    for (let i = 0; i < where.length; i++) {
      const entry = where[i] < 0 ? -1 : 3 * labels[where[i]];
      for (let c = 0; c < 3; c++) if (entry >= 0) pixels.data[4 * i + c] = step.colors[entry + c];
    }
    context.putImageData(pixels, 0, 0);
  };
  return { steps, draw };
}

function show({ steps, draw }, { scale }) {
  const slider = byId('at');
  const play = byId('play');
  let at = 0;
  let timer = 0;
  slider.max = steps.length - 1;

  function go(next) {
    at = Math.max(0, Math.min(steps.length - 1, next));
    const step = steps[at];
    slider.value = at;
    const strip = byId('palette');
    strip.replaceChildren(
      ...step.shares.map((share, j) => {
        const part = document.createElement('span');
        const [red, green, blue] = step.colors.slice(3 * j, 3 * j + 3);
        part.style.flexGrow = share;
        part.style.background = `rgb(${red} ${green} ${blue})`;
        part.title = `${(100 * share).toFixed(1)} %`;
        return part;
      }),
    );
    const error = (scale * Math.sqrt(step.error)).toFixed(2);
    const isUpdate = step.phase === 'update';
    const moved = isUpdate ? 'each center moves to the mean of its pixels' : 'each pixel joins the nearest center';
    const share = (100 * step.changed).toFixed(1);
    const changed = isUpdate || step.iteration === 0 || step.changed === null ? '' : `, ${share} % of them another one`;
    const end = at === steps.length - 1 ? ' The run has ended.' : '';
    byId('words').textContent = `Iteration ${step.iteration}, ${step.phase}: ${moved}${changed}. Error ${error}.${end}`;
    curve();
    draw(step);
  }

  function curve() {
    const canvas = byId('curve');
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    Object.assign(canvas, { width: wide * ratio, height: high * ratio });
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.body);
    const most = Math.sqrt(steps[0].error) || 1;
    const place = (i) => [
      6 + ((wide - 12) * i) / Math.max(1, steps.length - 1),
      high - 6 - ((high - 12) * Math.sqrt(steps[i].error)) / most,
    ];
    context.strokeStyle = style.getPropertyValue('--line');
    context.strokeRect(0.5, 0.5, wide - 1, high - 1);
    context.strokeStyle = style.getPropertyValue('--accent');
    context.lineWidth = 2;
    context.beginPath();
    steps.forEach((_, i) => context.lineTo(...place(i)));
    context.stroke();
    context.fillStyle = style.getPropertyValue('--accent');
    context.beginPath();
    context.arc(...place(at), 4, 0, 7);
    context.fill();
  }

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
  };
  play.onclick = () => {
    if (timer) {
      stop();
      return;
    }
    if (at === steps.length - 1) go(0);
    play.textContent = 'Pause';
    timer = setInterval(() => {
      go(at + 1);
      if (at === steps.length - 1) stop();
    }, PACE);
  };
  const by = (change) => () => {
    stop();
    go(at + change);
  };
  byId('back').onclick = by(-1);
  byId('next').onclick = by(1);
  slider.oninput = () => {
    stop();
    go(Number(slider.value));
  };
  window.onresize = curve;
  go(0);
}
