// Back, half-step, play, scrub: the buttons under a run, used by the picture and by the plane.

import { crisp, el, icon, ratioOf, scheduled, themeColor } from './dom.js';

/**
 * Builds the transport into host. words(step, isLast) -> [bold, plain]: what the half-step does.
 * Returns {focus}: Play is focused when a page opens, so that the space bar is all one needs.
 */
export function mountTransport(host, { store, player, words }) {
  const { on, state, set } = store;
  const button = (label, title, click, more = {}) =>
    el('button', { type: 'button', title, 'aria-label': title, on: { click }, ...more }, label);
  const first = button(icon('first'), 'To the start (Home)', player.first);
  const back = button(icon('back'), 'Half a step back (left arrow)', () => player.step(-1));
  const play = button('Play', 'Play or pause (space)', player.toggle, { class: 'primary' });
  const forth = button(icon('forth'), 'Half a step on (right arrow)', () => player.step(1));
  const last = button(icon('last'), 'To the end (End)', player.last);
  play.removeAttribute('aria-label');
  const speed = el(
    'select',
    { 'aria-label': 'Speed', title: 'Speed', on: { change: (event) => set({ speed: event.target.value }) } },
    ...[
      ['slow', 'Slow'],
      ['normal', 'Normal'],
      ['fast', 'Fast'],
    ].map(([value, label]) => el('option', { value }, label)),
  );
  const scrub = el('input', {
    type: 'range',
    min: 0,
    step: 1,
    class: 'scrubber',
    'aria-label': 'Half-step',
    on: { input: (event) => player.go(Number(event.target.value)) },
  });
  const ticks = el('canvas', { 'aria-hidden': 'true' });
  const told = el('p', { class: 'told', 'aria-live': 'off' });
  host.replaceChildren(
    el('div', { class: 'row' }, first, back, play, forth, last, el('div', { class: 'scrub' }, scrub, ticks), speed),
    told,
  );

  // Long ticks are updates, short ones assignments, where there is room for both.
  const drawTicks = scheduled(() => {
    const context = ticks.getContext('2d');
    const ratio = ratioOf(ticks);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const width = ticks.clientWidth;
    context.clearRect(0, 0, width, 12);
    const count = state.steps.length;
    if (count < 2) return;
    const gap = (width - 16) / (count - 1); // the browser's thumb is 16 wide
    for (let at = 0; at < count; at++) {
      const update = state.steps[at].phase === 'update';
      if (gap < 3 && !update) continue;
      context.fillStyle = themeColor(at <= state.at ? 'accent' : 'edge');
      context.globalAlpha = update ? 1 : 0.65;
      context.fillRect(8 + at * gap - 0.5, 0, gap < 1.5 ? 0.5 : 1, update ? 8 : 4);
    }
    context.globalAlpha = 1;
  });
  crisp(ticks, drawTicks);

  function show() {
    const { steps, at, playing, running } = state;
    const step = steps[at];
    const end = at >= steps.length - 1;
    scrub.max = Math.max(0, steps.length - 1);
    scrub.value = at;
    scrub.disabled = steps.length < 2;
    play.textContent = playing ? 'Pause' : end && steps.length > 1 && !running ? 'Again' : 'Play';
    // A button that has the focus and is disabled loses the keys: only say that it does nothing.
    for (const [node, off] of [[play, steps.length < 2], [first, at === 0], [back, at === 0], [forth, end], [last, end]]) {
      node.setAttribute('aria-disabled', String(off));
      node.style.opacity = off ? 0.45 : 1;
    }
    speed.value = state.speed;
    const [bold, plain] = words(step, end && !running);
    told.replaceChildren(el('b', {}, bold), ` ${plain}`);
    scrub.setAttribute('aria-valuetext', `${bold} ${plain}`);
    told.title = told.textContent;
    drawTicks();
  }
  on(['steps', 'at', 'playing', 'running', 'speed', 'settings', 'dark'], show);
  show();
  return { focus: () => play.focus({ preventScroll: true, focusVisible: false }), show };
}
