// The error from half-step to half-step; a click goes there. Used by the picture and by the plane.

import { crisp, el, ratioOf, scheduled, themeColor } from './dom.js';

/**
 * Builds a curve into host. lines() -> [{values, color, faint, label, name}]: values: one a half-step, undefined where
 * there is none. title() -> words; format(value) -> words. plain: the number of the half-step stands elsewhere.
 */
export function mountCurve(host, { store, player, title, lines, format, keys, plain = false }) {
  const { on, state } = store;
  const canvas = el('canvas', { role: 'img', 'aria-label': 'Error from half-step to half-step' });
  const head = el('h2', {});
  const number = el('span', { class: 'number' });
  const key = el('div', { class: 'key' });
  host.replaceChildren(el('header', {}, head, number), canvas, key);
  const pad = { left: 8, right: 10, top: 8, bottom: 8 };
  const across = (at, count) => pad.left + ((canvas.clientWidth - pad.left - pad.right) * at) / Math.max(1, count - 1);

  function draw() {
    const context = canvas.getContext('2d');
    const ratio = ratioOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    context.clearRect(0, 0, width, height);
    const all = lines();
    const count = Math.max(2, state.steps.length);
    const values = all.flatMap((line) => line.values).filter((value) => value !== undefined && isFinite(value));
    head.textContent = title();
    if (!values.length) {
      number.textContent = '';
      key.replaceChildren();
      return;
    }
    const most = Math.max(...values);
    const down = (value) => pad.top + (height - pad.top - pad.bottom) * (1 - value / (1.04 * most || 1));
    context.fillStyle = themeColor('line');
    context.fillRect(pad.left, height - pad.bottom, width - pad.left - pad.right, 1); // zero: curves start there
    context.lineJoin = 'round';
    for (const line of all) {
      context.strokeStyle = themeColor(line.color);
      context.globalAlpha = line.faint ? 0.42 : 1;
      context.lineWidth = line.faint ? 1 : 2;
      context.beginPath();
      let begun = false;
      line.values.forEach((value, at) => {
        if (value === undefined || at >= count) return;
        context[begun ? 'lineTo' : 'moveTo'](across(at, count), down(value));
        begun = true;
      });
      context.stroke();
      if (!line.faint && across(1, count) - across(0, count) > 11) drawDots(context, line, count, down);
      const here = line.values[state.at];
      if (line.faint || here === undefined) continue;
      context.beginPath();
      context.arc(across(state.at, count), down(here), 4.5, 0, 7);
      context.fillStyle = themeColor(line.color);
      context.fill();
      context.strokeStyle = themeColor('card');
      context.lineWidth = 1.5;
      context.stroke();
    }
    context.globalAlpha = 1;
    const first = all.find((line) => !line.faint);
    const here = first && first.values[state.at];
    number.replaceChildren(el('b', {}, here === undefined || plain ? '' : format(here)));
    key.replaceChildren(
      ...all
        .filter((line) => line.name)
        .map((line) => {
          const value = line.faint ? undefined : line.values[state.at];
          const mark = el('i', { class: `swatch ${line.faint ? 'faint' : line.color}` });
          const words = el('span', {}, mark, line.name);
          if (value !== undefined) words.append(' ', el('b', { class: 'number' }, format(value)));
          return words;
        }),
    );
  }
  /** Where there is room: filled after Assign, hollow after Update. */
  function drawDots(context, line, count, down) {
    line.values.forEach((value, at) => {
      if (value === undefined || !state.steps[at]) return;
      context.beginPath();
      context.arc(across(at, count), down(value), 3, 0, 7);
      context.fillStyle = themeColor(state.steps[at].phase === 'update' ? 'card' : line.color);
      context.fill();
      context.lineWidth = 1.5;
      context.stroke();
    });
  }

  const redraw = scheduled(draw);
  crisp(canvas, redraw);

  function go(event) {
    const box = canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - pad.left) / (box.width - pad.left - pad.right);
    player.go(Math.round(share * (state.steps.length - 1)));
  }
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener('pointermove', (event) => event.buttons && go(event));
  on(keys, redraw);
  return { redraw };
}
