// Step 4: the run to its end, the reader's prediction beside it, other starts, and the surface that two centers walk on.

import { themeColor } from '../ui/dom.js';
import { STAGE } from '../ui/paint.js';
import { grouped } from '../ui/words.js';
import { cloudOfStep } from './data.js';
import { farthest, guessMark, K, RING } from './draw.js';
import { apart, button, hexOf, write } from './kit.js';

const CELLS = 192; // of the surface on a side

/** Brightness of the picture's pixels, 0 to 255: sums of weights, of values and of squares up to each. */
export function brightness(picture) {
  const sums = Array.from({ length: 3 }, () => new Float64Array(257));
  const weights = new Float64Array(256);
  for (let i = 0; i < picture.counts.length; i++) {
    const value = (picture.colors[3 * i] * 77 + picture.colors[3 * i + 1] * 150 + picture.colors[3 * i + 2] * 29) >> 8;
    weights[value] += picture.counts[i];
  }
  for (let value = 0; value < 256; value++) {
    [1, value, value * value].forEach((factor, which) => (sums[which][value + 1] = sums[which][value] + weights[value] * factor));
  }
  return sums;
}

/** How many values from one to below another lie nearer to the first of two centers, and the mean squares of both. */
function split(sums, one, other) {
  const border = Math.max(0, Math.min(256, Math.ceil((one + other) / 2)));
  const part = (from, to) => sums.map((sum) => sum[to] - sum[from]);
  const [low, high] = [part(0, border), part(border, 256)];
  return one <= other ? [low, high] : [high, low];
}

/** The mean squared error of two centers. */
export function lossOf(sums, one, other) {
  const square = ([count, sum, squares], center) => squares - 2 * center * sum + count * center * center;
  const [mine, others] = split(sums, one, other);
  return (square(mine, one) + square(others, other)) / sums[0][256];
}

/** The way of k-means from two centers to where nothing changes: [[one, other], ...]. */
export function walk(sums, one, other) {
  const way = [[one, other]];
  for (let step = 0; step < 100; step++) {
    const [a, b] = way[way.length - 1];
    const next = split(sums, a, b).map(([count, sum], which) => (count ? sum / count : [a, b][which]));
    if (Math.abs(next[0] - a) + Math.abs(next[1] - b) < 1e-9) break;
    way.push(next);
  }
  return way;
}

export const until = {
  title: 'Until nothing changes',
  words:
    'Repeat both halves until nothing changes. The cube shows the six centers on their way. The map shows two centers of brightness only: one point for each pair, colored by its error. Click the map to begin elsewhere.',
  question: 'Do all starts end in the same place?',
  answer: 'No. Each goes downhill to the nearest hollow. Here that depends on the draw, and nobody knows the deepest one.',
  link: (picture) => ({ picture: picture.sample || '', k: K, seed: 1, tab: 'seeds' }),

  async mount({ cloud, controls, data, draw, flatCanvas, isCurrent, layout, memory, onLeave, point, redraw, say }) {
    memory.seed ||= 1;
    const ended = [];
    let timer = 0;
    layout('both', { name: 'The error of two centers of brightness, as a surface, and the way that k-means takes on it' });
    const sums = brightness(data.picture);
    const surface = document.createElement('canvas');
    surface.width = surface.height = CELLS;
    const losses = Float64Array.from({ length: CELLS * CELLS }, (_, cell) =>
      Math.sqrt(lossOf(sums, ((cell % CELLS) + 0.5) * (256 / CELLS), (CELLS - 0.5 - Math.floor(cell / CELLS)) * (256 / CELLS))),
    );
    const low = Math.min(...losses);
    const high = Math.max(...losses);
    const pixels = surface.getContext('2d').createImageData(CELLS, CELLS);
    const shareOf = (cell) => ((losses[cell] - low) / (high - low)) ** 0.6;
    const level = (cell) => Math.floor(shareOf(cell) * 16);
    losses.forEach((_, cell) => {
      const share = shareOf(cell);
      // Lines of height, as on a map.
      const below = cell + CELLS < losses.length ? cell + CELLS : cell;
      const line = level(cell) !== level(below) || ((cell + 1) % CELLS && level(cell) !== level(cell + 1)) ? 0.72 : 1;
      pixels.data.set([...[24 + 216 * share, 70 + 150 * share, 130 + 80 * share].map((value) => value * line), 255], 4 * cell);
    });
    surface.getContext('2d').putImageData(pixels, 0, 0);
    let way = walk(sums, 40, 70);

    const frame = () => {
      const size = Math.max(80, Math.min(flatCanvas.clientWidth - 70, flatCanvas.clientHeight - 96));
      return { left: (flatCanvas.clientWidth - size) / 2 + 8, top: Math.max(40, (flatCanvas.clientHeight - size - 40) / 2), size };
    };
    draw((context, width) => {
      const { left, top, size } = frame();
      const mute = themeColor('mute');
      write(context, 'Error of two centers of brightness', left, top - 14, { weight: 600 });
      context.drawImage(surface, left, top, size, size);
      const spot = ([one, other]) => [left + (size * one) / 256, top + size * (1 - other / 256)];
      context.beginPath();
      way.forEach((pair, place) => context[place ? 'lineTo' : 'moveTo'](...spot(pair)));
      for (const [color, wide] of [['rgb(0 0 0 / .7)', 5], [RING, 2.5]]) {
        context.strokeStyle = color;
        context.lineWidth = wide;
        context.stroke();
      }
      way.forEach((pair, place) => {
        const last = place === way.length - 1;
        context.beginPath();
        context.arc(...spot(pair), last ? 7 : place ? 3 : 5, 0, 7);
        context.fillStyle = last ? STAGE.ink : RING;
        context.fill();
        context.strokeStyle = '#000000';
        context.lineWidth = 1.2;
        context.stroke();
      });
      write(context, 'first center: dark \u2192 light', left + size, top + size + 20, { align: 'right', color: mute, size: 12 });
      context.save();
      context.translate(left - 12, top);
      context.rotate(-Math.PI / 2);
      write(context, 'second center \u2192', 0, 0, { align: 'right', color: mute, size: 12 });
      context.restore();
      const loss = Math.sqrt(lossOf(sums, ...way[way.length - 1])).toFixed(2);
      const [a, b] = way[way.length - 1].map((value) => value.toFixed(0));
      write(context, `${way.length - 1} steps to ${a} and ${b}: error ${loss}`, left, top + size + 42, { size: Math.min(13, width / 24) });
    });
    flatCanvas.style.cursor = 'crosshair';
    flatCanvas.onclick = (event) => {
      const { left, top, size } = frame();
      const { x, y } = point(event);
      const pair = [(256 * (x - left)) / size, 256 * (1 - (y - top) / size)];
      if (pair.some((value) => value < 0 || value > 256)) return;
      way = walk(sums, ...pair);
      redraw();
    };

    async function begin(playing) {
      clearInterval(timer);
      const { seed } = memory;
      const { steps, errors } = await data.run({ k: K, seed });
      if (!isCurrent() || seed !== memory.seed) return;
      clearInterval(timer); // of a click that waited for the same run
      const ringed = farthest(steps);
      const guess = memory.guess && memory.guess.seed === seed ? memory.guess : null;
      const marks = guess ? [guessMark(guess.color)] : [];
      const show = (at) => {
        cloud.show(cloudOfStep(data, steps, at, { rings: { [ringed]: RING }, marks }));
        const step = steps[at];
        if (at < steps.length - 1) {
          say(`Iteration ${step.iteration}: ${grouped(step.changed)} pixels changed their center.`);
          return;
        }
        if (!ended.some((one) => one.seed === seed)) ended.push({ seed, error: errors[errors.length - 1] });
        const found = Array.from(step.centroids.subarray(3 * ringed, 3 * ringed + 3), (value) => value / 64);
        const mine = guess ? `You predicted ${hexOf(guess.color)}; it ended at ${hexOf(found)}, ${apart(guess.color, found).toFixed(0)} levels away. ` : '';
        const others = ended.map((one) => `seed ${one.seed} ends at ${one.error.toFixed(2)}`).join(', ');
        say(`${mine}Error: ${others}.`);
      };
      let at = playing ? 0 : steps.length - 1;
      show(at);
      if (!playing || steps.length === 1) return;
      timer = setInterval(() => {
        show(++at);
        if (at >= steps.length - 1) clearInterval(timer);
      }, 160);
    }
    controls.append(
      button('Play', () => begin(true), { id: 'lesson-play', class: 'primary' }),
      button('Other start', () => {
        memory.seed++;
        return begin(false);
      }, { id: 'lesson-other' }),
    );
    onLeave(() => clearInterval(timer));
    const { seed } = memory;
    const { steps } = await data.run({ k: K, seed });
    if (!isCurrent() || seed !== memory.seed) return;
    const marks = memory.guess && memory.guess.seed === seed ? [guessMark(memory.guess.color)] : [];
    cloud.show(cloudOfStep(data, steps, 0, { rings: { [farthest(steps)]: RING }, marks }));
    say('Press Play: the ringed center is the one you watched.');
  },
};
