// What every step of the lesson draws with: buttons, sliders, charts, and the picture on a canvas.

import { el, FONT, lessMotion, themeColor } from '../ui/dom.js';
import { raster } from '../ui/paint.js';

/** A button; act is called when it is pressed. */
export const button = (label, act, props = {}) => el('button', { type: 'button', on: { click: act }, ...props }, label);

/** A slider with its words: {row, input, set(value)}. */
export function slider(id, label, { min, max, step = 1, value }, act) {
  const input = el('input', { type: 'range', id, min, max, step, value, on: { input: () => act(Number(input.value)) } });
  const row = el('div', { class: 'lesson-slider' }, el('label', { for: id }, label), input);
  return {
    row,
    input,
    set: (next) => {
      input.value = next;
    },
  };
}

/** Calls draw(share) from 0 to 1 over some time; at once where less motion is wanted. Returns what stops it. */
export function animate(milliseconds, draw, done = () => {}) {
  if (lessMotion()) {
    draw(1);
    done();
    return () => {};
  }
  let stopped = false;
  const began = performance.now();
  const frame = (now) => {
    if (stopped) return;
    const share = Math.max(0, Math.min(1, (now - began) / milliseconds));
    draw(share);
    if (share < 1) requestAnimationFrame(frame);
    else done();
  };
  requestAnimationFrame(frame);
  return () => {
    stopped = true;
  };
}

/** Slow at both ends. */
export const eased = (share) => share * share * (3 - 2 * share);

/** Words on a canvas. */
export function write(context, words, x, y, { size = 13, weight = 400, color = themeColor('ink'), align = 'left' } = {}) {
  context.font = `${weight} ${size}px ${FONT}`;
  context.fillStyle = color;
  context.textAlign = align;
  context.textBaseline = 'alphabetic';
  context.fillText(words, x, y);
}

/** Where a picture stands in a box when all of it is seen: {left, top, scale}. */
export function fitted(box, width, height) {
  const scale = Math.min(box.width / width, box.height / height);
  return { left: box.left + (box.width - width * scale) / 2, top: box.top + (box.height - height * scale) / 2, scale };
}

/** A raster of the picture: the original, or with a step the colors of that. */
export function rasterOf(picture, step = null) {
  const made = raster(picture.width, picture.height);
  const { where, colors } = picture;
  const inks = new Uint32Array(picture.counts.length);
  for (let i = 0; i < inks.length; i++) {
    const from = step === null ? colors : step.centroids;
    const at = step === null ? 3 * i : 3 * step.labels[i];
    const shrink = step === null ? 1 : 64;
    const byte = (c) => Math.round(from[at + c] / shrink);
    inks[i] = (0xff000000 | (byte(2) << 16) | (byte(1) << 8) | byte(0)) >>> 0;
  }
  for (let pixel = 0; pixel < where.length; pixel++) made.pixels[pixel] = where[pixel] < 0 ? 0 : inks[where[pixel]];
  made.commit();
  return made.canvas;
}

/**
 * A chart of lines in a box. lines: [{values: [[x, y]], color, name, dashed}]; marks: [{x, y, color}];
 * x, y: {from, to, label, ticks: [[value, words]]}.
 */
export function chart(context, box, { lines, marks = [], x, y }) {
  // Where it is narrow the names of the lines stand below the words of the axis.
  const below = box.width < 520 ? 20 : 0;
  const inner = { left: box.left + 44, top: box.top + 26, width: box.width - 60, height: box.height - 66 - below };
  const across = (value) => inner.left + (inner.width * (value - x.from)) / Math.max(1e-9, x.to - x.from);
  const up = (value) => inner.top + inner.height * (1 - (value - y.from) / Math.max(1e-9, y.to - y.from));
  const [mute, line] = ['mute', 'line'].map(themeColor);
  context.lineWidth = 1;
  for (const [value, words] of y.ticks) {
    context.strokeStyle = line;
    context.beginPath();
    context.moveTo(inner.left, up(value));
    context.lineTo(inner.left + inner.width, up(value));
    context.stroke();
    write(context, words, inner.left - 6, up(value) + 4, { size: 11, color: mute, align: 'right' });
  }
  for (const [value, words] of x.ticks) {
    write(context, words, across(value), inner.top + inner.height + 15, { size: 11, color: mute, align: 'center' });
  }
  write(context, y.label, box.left + 4, box.top + 14, { size: 12, color: mute });
  write(context, x.label, inner.left + inner.width, inner.top + inner.height + 32, { size: 12, color: mute, align: 'right' });
  let key = inner.left;
  for (const { values, color, name, dashed } of lines) {
    context.strokeStyle = color;
    context.lineWidth = 2.2;
    context.lineJoin = 'round';
    context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    values.forEach(([a, b], place) => context[place ? 'lineTo' : 'moveTo'](across(a), up(b)));
    context.stroke();
    context.setLineDash([]);
    if (!name) continue;
    context.fillStyle = color;
    context.fillRect(key, inner.top + inner.height + 25 + below, 14, 4);
    write(context, name, key + 19, inner.top + inner.height + 32 + below, { size: 12 });
    key += context.measureText(name).width + 34;
  }
  for (const mark of marks) {
    context.beginPath();
    context.arc(across(mark.x), up(mark.y), 5, 0, 7);
    context.fillStyle = mark.color;
    context.fill();
    context.strokeStyle = themeColor('card');
    context.lineWidth = 2;
    context.stroke();
  }
  return { across, up, value: (at) => x.from + ((at - inner.left) / inner.width) * (x.to - x.from) };
}

/** Three or four round numbers from 0 up to a limit, with their words. */
export function roundTicks(most) {
  const raw = most / 3 || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= raw);
  const ticks = [];
  for (let value = 0; value <= most * 1.001; value += step) ticks.push([value, String(Number(value.toPrecision(6)))]);
  return ticks;
}

/** '#AE8B70'. */
export const hexOf = (color) => `#${Array.from(color, (value) => Math.round(value).toString(16).padStart(2, '0')).join('').toUpperCase()}`;

/** The distance of two colors in levels. */
export const apart = (one, other) => Math.sqrt(one.reduce((sum, value, c) => sum + (value - other[c]) ** 2, 0));
