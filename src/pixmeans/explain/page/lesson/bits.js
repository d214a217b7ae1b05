// Step 5: from 24 bits a pixel to 4: indices, the palette, the file, and what deflate copies.

import { bitDepth, deflated, packedRows } from '../engine/png.js';
import { raster } from '../ui/paint.js';
import { themeColor } from '../ui/dom.js';
import { sizeOf } from '../ui/words.js';
import { copies } from './deflate.js';
import { animate, button, eased, fitted, slider, write } from './kit.js';

const COLUMNS = 14;
const ROWS = 9;
const K = 16;

/** A place near the vivid color where a few pixels have many numbers: {x, y}. */
function variedPlace(picture, indices, { x: middle, y: center }) {
  const clamp = (value, most) => Math.max(0, Math.min(most, value));
  let best = { count: 0 };
  for (let dy = -48; dy <= 48; dy += 6) {
    for (let dx = -60; dx <= 60; dx += 6) {
      const x = clamp(middle + dx, Math.max(0, picture.width - COLUMNS));
      const y = clamp(center + dy, Math.max(0, picture.height - ROWS));
      const seen = new Set();
      for (let row = y; row < Math.min(picture.height, y + ROWS); row++) {
        for (let column = x; column < Math.min(picture.width, x + COLUMNS); column++) seen.add(indices[row * picture.width + column]);
      }
      if (seen.size > best.count) best = { x, y, count: seen.size };
    }
  }
  return best;
}

export const bits = {
  title: 'From 24 bits to 4',
  words:
    'Sixteen colors have sixteen numbers, and a number below sixteen takes four bits. A pixel becomes the number of its color; the colors stand once, in the palette. Then deflate copies what it has seen before.',
  question: 'Arithmetic says 24 / 4 = 6 times smaller. Why is the file smaller still?',
  answer: 'Neighbors often have the same number, so the file says "again the last twenty". That part depends on the picture.',
  link: (picture) => ({ picture: picture.sample || '', k: K, seed: 13, tab: 'cells' }),

  async mount({ controls, data, draw, isCurrent, layout, onLeave, redraw, say }) {
    const { picture } = data;
    layout('flat', { tall: true, name: 'A piece of the picture as numbers, and the sizes of the file on the way' });
    say('Making the file\u2026');
    const { steps } = await data.run({ k: K, seed: 13 });
    await data.loaded;
    const step = steps[steps.length - 1];
    const made = await data.engine.file({ centroids: step.centroids, space: 'rgb', dither: 'none', kept: 0 });
    const depth = bitDepth(made.palette.length / 3);
    const rows = packedRows(made.indices, picture.width, picture.height, depth);
    const kinds = copies(await deflated(rows), rows.length);
    if (!isCurrent()) return;
    const line = 1 + Math.ceil((picture.width * depth) / 8);
    const map = raster(picture.width, picture.height);
    let copied = 0;
    for (let pixel = 0; pixel < map.pixels.length; pixel++) {
      const x = pixel % picture.width;
      const isCopied = kinds[Math.floor(pixel / picture.width) * line + 1 + ((x * depth) >> 3)];
      copied += isCopied;
      const [red, green, blue] = made.palette.subarray(3 * made.indices[pixel], 3 * made.indices[pixel] + 3);
      const light = (77 * red + 150 * green + 29 * blue) >> 8;
      map.pixels[pixel] = isCopied
        ? (0xff000000 | ((30 + light / 4) << 16) | ((26 + light / 4) << 8) | (24 + light / 4)) >>> 0
        : (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
    }
    map.commit();
    const pixels = picture.width * picture.height;
    const sizes = [
      ['24 bits a pixel', 3 * pixels],
      [`${depth} bits a pixel`, Math.ceil((pixels * depth) / 8)],
      ['and the palette', Math.ceil((pixels * depth) / 8) + made.palette.length],
      ['the real PNG', made.png.length],
    ];
    const from = variedPlace(picture, made.indices, data.vivid);
    let share = 0;
    let mapped = false;
    let stop = () => {};

    draw((context, width, height) => {
      const beside = width > height * 1.3;
      const patch = beside
        ? { left: 16, top: 40, width: width * 0.54, height: height - 70 }
        : { left: 16, top: 40, width: width - 32, height: height * 0.52 };
      const bars = beside
        ? { left: patch.left + patch.width + 28, top: 40, width: width * 0.46 - 62 }
        : { left: 16, top: patch.top + patch.height + 34, width: width - 32 };
      if (mapped) {
        write(context, 'In color: written out. Gray: copied from before.', patch.left, 26, { weight: 600 });
        const { left, top, scale } = fitted(patch, picture.width, picture.height);
        context.imageSmoothingEnabled = true;
        context.drawImage(map.canvas, left, top, picture.width * scale, picture.height * scale);
      } else drawPatch(context, patch);
      write(context, 'Which number is which', bars.left, bars.top - 14, { weight: 600 });
      sizes.forEach(([name, size], place) => {
        const top = bars.top + place * 52;
        const wide = Math.max(2, (bars.width * size) / sizes[0][1]);
        context.fillStyle = place === 3 ? themeColor('accent') : themeColor('edge');
        context.globalAlpha = share >= place / 4 || mapped ? 1 : 0.25;
        context.fillRect(bars.left, top + 18, wide, 16);
        write(context, name, bars.left, top + 12);
        const factor = (sizes[0][1] / size).toFixed(1);
        write(context, `${sizeOf(size)}${place ? `, ${factor} times less` : ''}`, bars.left + bars.width, top + 12, { align: 'right' });
        context.globalAlpha = 1;
      });
      drawPalette(context, bars.left, bars.top + 4 * 52 + 22, bars.width);
    });

    function drawPalette(context, left, top, wide) {
      const count = made.palette.length / 3;
      const side = Math.min(44, (wide + 4) / 8 - 4);
      write(context, 'The palette: each color and its number', left, top, { weight: 600 });
      for (let entry = 0; entry < count; entry++) {
        const [x, y] = [left + (entry % 8) * (side + 4), top + 12 + Math.floor(entry / 8) * (side + 4)];
        const color = made.palette.subarray(3 * entry, 3 * entry + 3);
        context.fillStyle = `rgb(${color.join(' ')})`;
        context.fillRect(x, y, side, side);
        const isDark = 299 * color[0] + 587 * color[1] + 114 * color[2] < 128000;
        write(context, String(entry), x + side / 2, y + side / 2 + 4, { align: 'center', size: 12, weight: 600, color: isDark ? '#FFFFFF' : '#1B1B1B' });
      }
    }

    function drawPatch(context, box) {
      write(context, share < 0.5 ? 'A few pixels of the picture' : 'The same pixels as numbers', box.left, 26, { weight: 600 });
      const shown = { columns: Math.min(COLUMNS, picture.width), rows: Math.min(ROWS, picture.height) };
      const { left, top, scale } = fitted(box, shown.columns, shown.rows);
      for (let y = 0; y < shown.rows; y++) {
        for (let x = 0; x < shown.columns; x++) {
          const pixel = (from.y + y) * picture.width + from.x + x;
          const index = made.indices[pixel];
          // From left to right each color turns into its number.
          const own = eased(Math.max(0, Math.min(1, share * 2 - x / shown.columns)));
          const exact = picture.rgba.subarray(4 * pixel, 4 * pixel + 3);
          const entry = made.palette.subarray(3 * index, 3 * index + 3);
          const color = [0, 1, 2].map((c) => exact[c] + Math.min(1, 2 * own) * (entry[c] - exact[c]));
          context.fillStyle = themeColor('paper');
          context.fillRect(left + x * scale, top + y * scale, scale - 1.5, scale - 1.5);
          context.globalAlpha = 1 - 0.78 * own;
          context.fillStyle = `rgb(${color.map(Math.round).join(' ')})`;
          context.fillRect(left + x * scale, top + y * scale, scale - 1.5, scale - 1.5);
          context.globalAlpha = own;
          write(context, String(index), left + (x + 0.5) * scale, top + (y + 0.5) * scale + scale * 0.14, { align: 'center', size: Math.max(8, scale * 0.4), weight: 600 });
          context.globalAlpha = 1;
        }
      }
    }

    const tell = () => {
      const percent = ((100 * copied) / map.pixels.length).toFixed(0);
      say(mapped ? `Deflate copied ${percent} % of the pixels from before.` : `${picture.width} x ${picture.height} pixels, ${made.palette.length / 3} colors.`);
    };
    const show = (value) => {
      share = value;
      mapped = false;
      tell();
      redraw();
    };
    const numbers = slider('lesson-numbers', 'Colors to numbers', { min: 0, max: 1, step: 0.01, value: 0 }, (value) => {
      stop();
      show(value);
    });
    controls.append(
      numbers.row,
      button('To numbers', () => {
        stop();
        stop = animate(2400, (value) => {
          numbers.set(value);
          show(value);
        });
      }, { id: 'lesson-index', class: 'primary' }),
      button('What deflate copied', () => {
        stop();
        mapped = true;
        tell();
        redraw();
      }, { id: 'lesson-copies' }),
    );
    onLeave(() => stop());
    show(0);
  },
};
