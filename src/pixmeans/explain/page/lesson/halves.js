// Step 3: assign and update by hand, with the line of code that ran, and the error as one square that shrinks.

import { randomPoints } from '../engine/seeding.js';
import { SplitMix64 } from '../engine/random.js';
import { el, themeColor } from '../ui/dom.js';
import { planeSteps } from '../ui/plane.js';
import { SIDE } from '../ui/planedata.js';
import { drawPlane } from '../ui/planedraw.js';
import { animate, button, eased, write } from './kit.js';

const COUNT = 60;
const CHANNELS = ['red', 'green', 'blue'];
const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, row) => [flat[2 * row], flat[2 * row + 1]]);

/** Some colors of the picture with two of their channels, those that differ most: {points: Int32Array(2n), axes}. */
export function twoChannels(picture) {
  const { colors, counts, visible } = picture;
  const spread = CHANNELS.map((_, c) => {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < counts.length; i++) {
      sum += counts[i] * colors[3 * i + c];
      squares += counts[i] * colors[3 * i + c] ** 2;
    }
    return squares / visible - (sum / visible) ** 2;
  });
  const axes = [0, 1, 2].sort((one, other) => spread[other] - spread[one]).slice(0, 2).sort();
  const wide = Int32Array.from(colors);
  const drawn = randomPoints(wide, counts, 3, COUNT, new SplitMix64(3));
  const points = new Int32Array((2 * drawn.length) / 3);
  for (let i = 0; i < drawn.length / 3; i++) {
    axes.forEach((axis, c) => {
      points[2 * i + c] = Math.round((0.04 + (0.92 * drawn[3 * i + axis]) / 255) * SIDE);
    });
  }
  return { points, axes };
}

export const halves = {
  title: 'Assign, update',
  words:
    'Sixty colors of the picture, two of their three numbers, three centers. Assign: each color joins the nearest center. Update: each center moves to the middle of its colors. Each error is a square on a distance.',
  question: 'Can the sum of all squares ever grow?',
  answer:
    'No. Assigning picks the shortest distance for each color, and the mean is the point with the least sum of squares. Neither half can make it larger, so the process must end.',
  link: () => ({ mode: 'plane', data: 'blobs', k: 3, seed: 14 }),

  mount({ controls, data, draw, layout, onLeave, redraw, say }) {
    const { points, axes } = twoChannels(data.picture);
    const start = randomPoints(points, new Float64Array(points.length / 2).fill(1), 2, 3, new SplitMix64(5));
    const steps = planeSteps(points, start);
    const most = steps[1].error;
    let at = 0;
    let moved = 1;
    let stop = () => {};
    layout('flat', { tall: true, name: 'Sixty colors as points, three centers, and the sum of squares as one square' });
    const code = {
      start: el('span', {}, 'centers = some of the points'),
      repeat: el('span', {}, 'repeat:'),
      assign: el('span', {}, '  labels, sums = assign(points, centers)'),
      update: el('span', {}, '  centers = sums.means()'),
      until: el('span', {}, 'until nothing changes'),
    };

    function show(next) {
      const last = steps.length - 1;
      const forth = next === at + 1;
      at = Math.max(0, Math.min(last, next));
      const step = steps[at];
      for (const [name, line] of Object.entries(code)) {
        line.classList.toggle('lit', step.converged ? name === 'until' : name === step.phase);
      }
      on.disabled = at === last;
      back.disabled = at === 0;
      on.textContent = at % 2 === 0 ? 'Assign' : 'Update';
      const sum = step.error === undefined ? '' : ` Sum of squares ${step.error.toFixed(3)}.`;
      const words = {
        start: 'Three of the colors are the first centers. Nobody belongs to them yet.',
        assign: `Each color joined the nearest center.${sum}`,
        update: `Each center moved to the mean of its colors.${sum}`,
      };
      say(step.converged ? `Nothing changed: the end.${sum}` : words[step.phase]);
      stop();
      moved = forth && step.phase === 'update' ? 0 : 1;
      if (moved === 0) {
        stop = animate(600, (share) => {
          moved = eased(share);
          redraw();
        });
      }
      redraw();
    }

    draw((context, width, height) => {
      const beside = width > height * 1.25;
      const size = beside ? Math.min(height - 56, width * 0.62) : Math.min(width - 56, height * 0.62);
      const frame = { left: 40, top: 16, size };
      const step = steps[at];
      const before = step.phase === 'update' ? pairs(steps[at - 1].centroids) : null;
      const goal = pairs(step.centroids);
      const centers = before ? goal.map((to, j) => to.map((value, c) => before[j][c] + moved * (value - before[j][c]))) : goal;
      drawPlane(context, frame, { points, centers, labels: step.labels, before, changed: null, ghosts: [], spokes: true, squares: true, hover: null });
      write(context, `${CHANNELS[axes[0]]} \u2192`, frame.left + size, frame.top + size + 20, { align: 'right', color: themeColor('mute') });
      context.save();
      context.translate(frame.left - 14, frame.top);
      context.rotate(-Math.PI / 2);
      write(context, `${CHANNELS[axes[1]]} \u2192`, 0, 0, { align: 'right', color: themeColor('mute') });
      context.restore();
      const room = beside ? Math.min(width - frame.left - size - 60, height - 110) : Math.min(width - 60, height - size - 100);
      const [left, top] = beside ? [frame.left + size + 34, frame.top + 40] : [40, frame.top + size + 58];
      write(context, 'All squares as one', left, top - 12, { weight: 600 });
      context.setLineDash([4, 4]);
      context.strokeStyle = themeColor('edge');
      context.strokeRect(left, top, room, room);
      context.setLineDash([]);
      if (step.error === undefined) return;
      const side = room * Math.sqrt(step.error / most);
      context.fillStyle = themeColor('accent');
      context.fillRect(left, top + room - side, side, side);
      write(context, step.error.toFixed(3), left + 8, top + room - 10, { color: themeColor('on-accent'), weight: 700, size: 15 });
      write(context, 'dashed: after the first assignment', left, top + room + 18, { size: 11, color: themeColor('mute') });
    });
    const on = button('Assign', () => show(at + 1), { id: 'lesson-half', class: 'primary' });
    const back = button('Back', () => show(at - 1), { id: 'lesson-undo' });
    controls.append(on, back, button('To the end', () => show(steps.length - 1), { id: 'lesson-end' }), el('pre', { class: 'code' }, ...Object.values(code)));
    onLeave(() => stop());
    show(0);
  },
};
