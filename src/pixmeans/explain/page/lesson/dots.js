// Step 7: error diffusion pixel by pixel, with the arrows that hand the error on, and blue noise beside it.

import { blueNoise } from '../engine/dither.js';
import { themeColor } from '../ui/dom.js';
import { STAGE } from '../ui/paint.js';
import { animate, button, slider, write } from './kit.js';

export const WIDE = 60;
export const HIGH = 12;
const LEVELS = [0, 128, 255];
const ARROWS = [
  [1, 0, 7],
  [-1, 1, 3],
  [0, 1, 5],
  [1, 1, 1],
];

/** The gray that is wanted at a pixel: a slope from dark to light. */
export const wanted = (x, y) => 12 + (231 * x) / (WIDE - 1) + (y - HIGH / 2) * 0.8;

const nearest = (value) => LEVELS.reduce((best, level) => (Math.abs(level - value) < Math.abs(best - value) ? level : best));

/** Floyd-Steinberg over the slope, line by line: for each pixel {value with its errors, shown, error}. */
export function diffused() {
  const carried = new Float64Array(WIDE * HIGH);
  const steps = [];
  for (let pixel = 0; pixel < WIDE * HIGH; pixel++) {
    const [x, y] = [pixel % WIDE, Math.floor(pixel / WIDE)];
    const value = wanted(x, y) + carried[pixel];
    const shown = nearest(value);
    const error = value - shown;
    for (const [dx, dy, share] of ARROWS) {
      if (x + dx >= 0 && x + dx < WIDE && y + dy < HIGH) carried[pixel + dy * WIDE + dx] += (error * share) / 16;
    }
    steps.push({ value, shown, error });
  }
  return steps;
}

/** The slope through a mask of blue noise: the level shown at each pixel. */
export function masked() {
  const side = 16;
  const { thresholds } = blueNoise(side);
  return Array.from({ length: WIDE * HIGH }, (_, pixel) => {
    const [x, y] = [pixel % WIDE, Math.floor(pixel / WIDE)];
    const value = wanted(x, y);
    const high = LEVELS.find((level) => level >= value) ?? 255;
    const low = [...LEVELS].reverse().find((level) => level <= value) ?? 0;
    if (high === low) return low;
    const limit = (thresholds[(y % side) * side + (x % side)] + 0.5) / (side * side);
    return (value - low) / (high - low) > limit ? high : low;
  });
}

export const dots = {
  title: 'Bands and dots',
  words:
    'Few colors make bands of a smooth slope. Error diffusion hands what each pixel got wrong to pixels that come later. A mask of blue noise rounds up or down instead, evenly spread. From afar both look smooth.',
  question: 'Dithering makes single pixels wrong. Why does it look better?',
  answer: 'The eye takes the mean of small areas, and that mean is right. The price: files that pack worse, as neighbors differ.',
  link: (picture) => ({ picture: picture.sample || '', k: 16, seed: 1, dither: 'floyd-steinberg' }),

  mount({ controls, draw, layout, onLeave, redraw, say }) {
    const steps = diffused();
    const noise = masked();
    let at = WIDE * 4 + 26;
    let stop = () => {};
    layout('flat', { name: 'A slope in three grays: in bands, diffused pixel by pixel, and through blue noise' });

    draw((context, width, height) => {
      const room = (height - 34) / 3;
      const cell = Math.max(3, Math.floor(Math.min((width - 24) / WIDE, (room - 30) / HIGH)));
      const left = Math.round((width - cell * WIDE) / 2);
      const rows = [
        ['Nearest gray: bands', (pixel) => nearest(wanted(pixel % WIDE, Math.floor(pixel / WIDE)))],
        ['Error diffusion', (pixel) => (pixel <= at ? steps[pixel].shown : wanted(pixel % WIDE, Math.floor(pixel / WIDE)))],
        ['Blue noise', (pixel) => noise[pixel]],
      ];
      rows.forEach(([title, gray], place) => {
        const top = Math.round(28 + place * room);
        write(context, title, left, top - 8, { weight: 600 });
        for (let pixel = 0; pixel < WIDE * HIGH; pixel++) {
          const value = Math.round(gray(pixel));
          context.fillStyle = `rgb(${value} ${value} ${value})`;
          context.fillRect(left + (pixel % WIDE) * cell, top + Math.floor(pixel / WIDE) * cell, cell, cell);
        }
        context.strokeStyle = themeColor('edge');
        context.lineWidth = 1;
        context.strokeRect(left - 0.5, top - 0.5, cell * WIDE + 1, cell * HIGH + 1);
        if (place === 1) drawArrows(context, left, top, cell);
      });
      write(context, 'Step back from the screen: the last two look smooth.', left, Math.min(height - 6, 28 + 2 * room + HIGH * cell + 18), { size: 12, color: themeColor('mute') });
    });

    function drawArrows(context, left, top, cell) {
      const [x, y] = [at % WIDE, Math.floor(at / WIDE)];
      const spot = (column, row) => [left + (column + 0.5) * cell, top + (row + 0.5) * cell];
      context.strokeStyle = STAGE.accent;
      context.lineWidth = 2;
      context.strokeRect(left + x * cell, top + y * cell, cell, cell);
      const { error } = steps[at];
      for (const [dx, dy, share] of ARROWS) {
        if (x + dx < 0 || x + dx >= WIDE || y + dy >= HIGH) continue;
        const [fromX, fromY] = spot(x, y);
        const far = Math.max(2.1 * cell, 27); // so that the numbers do not cover each other
        const [toX, toY] = [fromX + far * dx, fromY + far * dy];
        for (const [color, wide] of [['rgb(0 0 0 / .7)', 5], [STAGE.accent, 2.4]]) {
          context.beginPath();
          context.moveTo(fromX, fromY);
          context.lineTo(toX, toY);
          context.strokeStyle = color;
          context.lineWidth = wide;
          context.stroke();
        }
        context.beginPath();
        context.arc(toX, toY, 11, 0, 7);
        context.fillStyle = STAGE.accent;
        context.fill();
        write(context, ((error * share) / 16).toFixed(0), toX, toY + 4, { size: 10, weight: 700, color: '#1B1B1B', align: 'center' });
      }
    }

    function show(next) {
      at = Math.max(0, Math.min(WIDE * HIGH - 1, next));
      const { value, shown, error } = steps[at];
      say(`Pixel ${at + 1}: with what it was handed it should be ${value.toFixed(0)}, the nearest gray is ${shown}, so ${error.toFixed(0)} is handed on: 7, 3, 5 and 1 sixteenths.`);
      pixel.set(at);
      redraw();
    }
    const pixel = slider('lesson-pixel', 'Pixel', { min: 0, max: WIDE * HIGH - 1, value: at }, (value) => {
      stop();
      show(value);
    });
    controls.append(
      pixel.row,
      button('Next pixel', () => {
        stop();
        show(at + 1);
      }, { id: 'lesson-pixel-next', class: 'primary' }),
      button('Run', () => {
        stop();
        stop = animate(7000, (share) => show(Math.round(share * (WIDE * HIGH - 1))));
      }, { id: 'lesson-run' }),
    );
    onLeave(() => stop());
    show(at);
  },
};
