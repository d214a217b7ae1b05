// The lesson: eight steps, told in order, on one stage that every step can be touched on.

import { HOME } from '../ui/camera.js';
import { Cloud } from '../ui/cloud.js';
import { crisp, el, ratioOf, scheduled } from '../ui/dom.js';
import { LessonData } from './data.js';
import { button } from './kit.js';
import { STEPS } from './steps.js';

/**
 * Builds the lesson into host. studio: what `start` of ui/main.js returns. Returns {go(step), step(), ready()}: steps are
 * numbered from 1; ready() is settled when what the step shows is drawn.
 */
export function mountLesson(host, studio) {
  const { on, state } = studio.store;
  const memory = {}; // what the reader predicted
  let data = null;
  let current = 0;
  let leave = () => {};
  let drawing = Promise.resolve();
  let number = 0; // of the last step that was begun

  const dots = el('nav', { class: 'lesson-dots', 'aria-label': 'Steps of the lesson' });
  const title = el('h2', { tabIndex: -1 });
  const words = el('p', { class: 'lesson-words' });
  const controls = el('div', { class: 'lesson-controls' });
  const said = el('p', { class: 'lesson-said', 'aria-live': 'polite' });
  const question = el('p', { class: 'lesson-question' });
  const answer = el('p', { class: 'lesson-answer', hidden: true });
  const reveal = button('Show the answer', () => {
    answer.hidden = !answer.hidden;
    reveal.textContent = answer.hidden ? 'Show the answer' : 'Hide the answer';
    reveal.setAttribute('aria-expanded', String(!answer.hidden));
  });
  const link = el('a', { class: 'lesson-link' }, 'These settings in the studio');
  const back = button('Back', () => go(current - 1), { id: 'lesson-back' });
  const next = button('Next', () => (current === STEPS.length ? studio.store.set({ mode: 'studio' }) : go(current + 1)), { id: 'lesson-next', class: 'primary' });

  const flatCanvas = el('canvas', { class: 'lesson-flat', role: 'img' });
  const cloudCanvas = el('canvas', { class: 'lesson-cloud', tabIndex: 0, role: 'application', 'aria-label': 'Cloud of colors; drag or arrows turn it' });
  const flatStage = el('div', { class: 'stage' }, flatCanvas);
  const cloudStage = el('div', { class: 'stage' }, cloudCanvas);
  const stage = el('section', { class: 'lesson-stage', 'aria-label': 'Stage' }, flatStage, cloudStage);
  host.replaceChildren(
    el(
      'section',
      { class: 'panel lesson-panel', 'aria-label': 'Words' },
      dots,
      title,
      words,
      controls,
      said,
      el('div', { class: 'lesson-ask' }, question, reveal, answer),
      link,
      el('div', { class: 'lesson-ways' }, back, next),
    ),
    stage,
  );
  for (let place = 1; place <= STEPS.length; place++) {
    dots.append(button(String(place), () => go(place), { 'aria-label': `Step ${place}: ${STEPS[place - 1].title}` }));
  }

  const cloud = new Cloud(cloudCanvas);
  cloud.turning = false; // what turns by itself cannot be pointed at
  let paint = () => {};
  const redraw = scheduled(() => {
    const context = flatCanvas.getContext('2d');
    const ratio = ratioOf(flatCanvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, flatCanvas.clientWidth, flatCanvas.clientHeight);
    if (data) paint(context, flatCanvas.clientWidth, flatCanvas.clientHeight);
  });
  crisp(flatCanvas, redraw);

  /** What a step gets: where to draw, what to say, and what the reader did before. */
  const stageOf = (mine) => ({
    data,
    memory,
    controls,
    cloud,
    cloudCanvas,
    flatCanvas,
    redraw,
    isCurrent: () => mine === number,
    say: (text) => {
      said.textContent = text;
    },
    /** which: 'flat', 'cloud' or 'both'; dark: whether the flat one is a dark stage; tall: whether it needs height
     * where the screen is narrow; name: what it shows. */
    layout(which, { dark = false, tall = false, name = '' } = {}) {
      flatStage.hidden = which === 'cloud';
      cloudStage.hidden = which === 'flat';
      flatStage.classList.toggle('paper', !dark);
      flatStage.classList.toggle('tall', tall);
      flatCanvas.setAttribute('aria-label', name);
    },
    draw(how) {
      paint = how;
      redraw();
    },
    point: (event) => {
      const box = flatCanvas.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    },
  });

  function begin() {
    if (state.mode !== 'lesson' || !state.picture) return;
    if (!data || data.picture !== state.picture) {
      if (data) data.engine.close();
      data = new LessonData(state.picture, studio.engines());
    }
    leave();
    const mine = ++number;
    const step = STEPS[current - 1];
    title.textContent = `${current}. ${step.title}`;
    words.textContent = step.words;
    question.textContent = step.question;
    answer.textContent = step.answer;
    answer.hidden = true;
    reveal.textContent = 'Show the answer';
    reveal.setAttribute('aria-expanded', 'false');
    link.hidden = !step.link;
    if (step.link) link.href = `#${new URLSearchParams(step.link(state.picture))}`;
    back.disabled = current === 1;
    next.textContent = current === STEPS.length ? 'To the studio' : 'Next';
    [...dots.children].forEach((dot, place) => dot.setAttribute('aria-pressed', String(place + 1 === current)));
    controls.replaceChildren();
    said.textContent = '';
    paint = () => {};
    cloud.camera = { ...HOME.rgb };
    flatCanvas.onclick = null;
    flatCanvas.style.cursor = 'default';
    const kit = stageOf(mine);
    const ends = [];
    leave = () => ends.forEach((end) => end());
    drawing = Promise.resolve(step.mount({ ...kit, onLeave: (end) => ends.push(end) })).then(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      (error) => mine === number && kit.say(error.message),
    );
  }

  function go(step) {
    const wanted = Math.max(1, Math.min(STEPS.length, step));
    if (wanted === current) return;
    current = wanted;
    begin();
    title.focus({ preventScroll: true });
  }

  host.addEventListener('keydown', (event) => {
    if (event.target.matches('input, canvas')) return;
    const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (!by || event.defaultPrevented) return;
    event.preventDefault();
    go(current + by);
  });
  on(['mode'], () => {
    if (state.mode !== 'lesson') {
      leave();
      leave = () => {};
    } else if (!current) go(1);
    else begin();
  });
  on(['picture'], begin);
  on(['dark'], () => redraw());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  if (state.mode === 'lesson') go(1);
  return { go, step: () => current, ready: () => drawing, memory, data: () => data };
}
