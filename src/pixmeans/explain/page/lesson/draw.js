// Step 2: random pixels become the first centers, and the reader predicts where one of them will end.

import { FONT } from '../ui/dom.js';
import { pointsOf } from '../ui/frame.js';
import { STAGE } from '../ui/paint.js';
import { cloudOfStep, cssOf } from './data.js';
import { button, fitted, hexOf, rasterOf, write } from './kit.js';

export const K = 6;
export const RING = STAGE.accent;
export const MINE = '#56B4E9'; // what the reader said

/** The center of a run that moves farthest. */
export function farthest(steps) {
  const [first, last] = [steps[0].centroids, steps[steps.length - 1].centroids];
  let best = 0;
  let most = -1;
  for (let entry = 0; entry < first.length / 3; entry++) {
    let far = 0;
    for (let c = 0; c < 3; c++) far += (first[3 * entry + c] - last[3 * entry + c]) ** 2;
    if (far > most) {
      most = far;
      best = entry;
    }
  }
  return best;
}

/** The circle of what the reader predicted. */
export const guessMark = (color) => ({
  entry: null,
  place: color.map((value) => value / 255 - 0.5),
  color: cssOf(color),
  share: 0.02,
  ring: MINE,
});

function circle(context, x, y, color) {
  for (const [ink, wide] of [['rgb(0 0 0 / .7)', 6], [color, 3]]) {
    context.beginPath();
    context.arc(x, y, 11, 0, 7);
    context.strokeStyle = ink;
    context.lineWidth = wide;
    context.stroke();
  }
}

export const draw = {
  title: 'Pick k colors',
  words:
    'k-means begins with guesses: six pixels drawn at random. Their colors are the first centers. The center with the yellow ring will move farthest. Click in the picture on the color where you think it will end.',
  question: 'Every pixel is equally likely to be drawn. What will such a draw often miss?',
  answer: 'Small things: the fish has few pixels, so hardly any draw begins with its orange. Other draws, other results.',
  link: (picture) => ({ picture: picture.sample || '', k: K, seed: 1 }),

  async mount({ cloud, controls, data, draw: paint, flatCanvas, isCurrent, layout, memory, point, redraw, say }) {
    const { picture } = data;
    const original = rasterOf(picture);
    memory.seed ||= 1;
    let steps = null;
    let ringed = 0;
    let spots = [];
    layout('both', { dark: true, name: 'The picture, with the pixels that were drawn' });

    async function show() {
      const { seed } = memory;
      const run = await data.run({ k: K, seed });
      if (!isCurrent() || seed !== memory.seed) return;
      steps = run.steps;
      ringed = farthest(steps);
      const first = steps[0].centroids;
      const points = pointsOf(picture, 'rgb');
      // A center stands on a color of the picture: where that first occurs.
      spots = Array.from({ length: first.length / 3 }, (_, entry) => {
        for (let color = 0; color < picture.counts.length; color++) {
          if ([0, 1, 2].every((c) => points[3 * color + c] === first[3 * entry + c])) return data.pixelOf(color);
        }
        return -1;
      });
      const guess = memory.guess && memory.guess.seed === memory.seed ? [guessMark(memory.guess.color)] : [];
      cloud.show(cloudOfStep(data, steps, 0, { rings: { [ringed]: RING }, marks: guess }));
      tell();
      redraw();
    }

    function tell() {
      const { guess } = memory;
      const begins = hexOf(Array.from(steps[0].centroids.subarray(3 * ringed, 3 * ringed + 3), (value) => value / 64));
      if (guess && guess.seed === memory.seed) say(`It begins at ${begins}. You predict ${hexOf(guess.color)}. Step 4 will tell.`);
      else say(`Seed ${memory.seed}: the ringed center begins at ${begins}. Where will it end?`);
    }

    paint((context, width, height) => {
      const { left, top, scale } = fitted({ left: 8, top: 8, width: width - 16, height: height - 16 }, picture.width, picture.height);
      context.imageSmoothingEnabled = scale < 1;
      context.drawImage(original, left, top, picture.width * scale, picture.height * scale);
      spots.forEach((pixel, entry) => {
        if (pixel < 0) return;
        const x = left + ((pixel % picture.width) + 0.5) * scale;
        const y = top + (Math.floor(pixel / picture.width) + 0.5) * scale;
        circle(context, x, y, entry === ringed ? RING : STAGE.ink);
      });
      const { guess } = memory;
      if (!guess || guess.seed !== memory.seed) return;
      const [x, y] = [left + (guess.pixel % picture.width) * scale, top + Math.floor(guess.pixel / picture.width) * scale];
      circle(context, x, y, MINE);
      context.lineWidth = 4;
      context.strokeStyle = 'rgb(0 0 0 / .7)';
      context.font = `700 13px ${FONT}`;
      context.strokeText('you', x + 16, y + 4);
      write(context, 'you', x + 16, y + 4, { weight: 700, color: MINE });
    });
    flatCanvas.style.cursor = 'crosshair';
    flatCanvas.onclick = (event) => {
      if (!steps) return;
      const { x, y } = point(event);
      const box = { left: 8, top: 8, width: flatCanvas.clientWidth - 16, height: flatCanvas.clientHeight - 16 };
      const { left, top, scale } = fitted(box, picture.width, picture.height);
      const [column, row] = [Math.floor((x - left) / scale), Math.floor((y - top) / scale)];
      if (column < 0 || row < 0 || column >= picture.width || row >= picture.height) return;
      const pixel = row * picture.width + column;
      if (picture.where[pixel] < 0) return;
      memory.guess = { seed: memory.seed, pixel, color: Array.from(picture.rgba.subarray(4 * pixel, 4 * pixel + 3)) };
      show();
    };
    controls.append(
      button('Draw others', () => {
        memory.seed++;
        show();
      }, { id: 'lesson-draw' }),
    );
    await show();
  },
};
