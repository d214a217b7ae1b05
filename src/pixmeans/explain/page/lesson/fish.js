// Step 6: a small vivid color is lost, at which k it comes back, and what it costs to protect it.

import { themeColor } from '../ui/dom.js';
import { percent } from '../ui/words.js';
import { cssOf } from './data.js';
import { button, chart, fitted, hexOf, rasterOf, roundTicks, slider, write } from './kit.js';

const K = 16;
const SEED = 13; // of the sample reef: a center begins near the orange and leaves it
const KS = [4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64];
const KEPT = 40; // levels up to which a color counts as still there

export const fish = {
  title: 'The fish dies',
  words:
    'The error of the picture falls with every step. The error of one small color may rise: a center that began near it is pulled away by the many. At how many colors does it come back? Predict, then look.',
  question: 'Why does k-means not mind?',
  answer: 'It adds up all pixels alike. The fish is less than one in two hundred of them; a small gain for the sea outweighs it.',
  link: (picture) => ({ picture: picture.sample || '', k: K, seed: SEED }),

  async mount({ controls, data, draw, isCurrent, layout, memory, redraw, say }) {
    const { picture, vivid } = data;
    layout('flat', { tall: true, name: 'A piece of the picture, original and compressed, and the error of the picture and of its small vivid color' });
    say('Running k-means\u2026');
    const run = await data.run({ k: K, seed: SEED });
    if (!isCurrent()) return;
    const original = rasterOf(picture);
    const last = (steps) => steps[steps.length - 1];
    const assigned = run.steps.filter(({ phase }) => phase === 'assign');
    const own = assigned.map((step) => data.errorOf(step, vivid.counts));
    let shown = { title: `${K} colors`, image: rasterOf(picture, last(run.steps)) };
    let view = 'steps';
    let ends = [];
    let predicted = memory.fishK || 24;
    const name = hexOf(vivid.color);

    draw((context, width, height) => {
      const high = Math.min(height * 0.42, width * 0.36);
      const crop = { width: Math.min(150, picture.width), height: Math.min(105, picture.height) };
      const x = Math.max(0, Math.min(picture.width - crop.width, vivid.x - crop.width / 2));
      const y = Math.max(0, Math.min(picture.height - crop.height, vivid.y - crop.height / 2));
      const wide = (width - 48) / 2;
      [[original, 'Original'], [shown.image, shown.title]].forEach(([image, title], place) => {
        const box = { left: 16 + place * (wide + 16), top: 30, width: wide, height: high };
        const { left, top, scale } = fitted(box, crop.width, crop.height);
        context.imageSmoothingEnabled = false;
        context.drawImage(image, x, y, crop.width, crop.height, left, top, crop.width * scale, crop.height * scale);
        write(context, title, left, 20, { weight: 600 });
      });
      const box = { left: 8, top: high + 44, width: width - 16, height: height - high - 50 };
      const second = themeColor('second');
      const accent = themeColor('accent');
      if (view === 'steps') {
        const most = Math.max(...own, ...run.errors) * 1.06;
        chart(context, box, {
          lines: [
            { values: run.errors.map((error, place) => [place, error]), color: accent, name: 'the picture' },
            { values: own.map((error, place) => [place, error]), color: second, name: `the color ${name}` },
          ],
          x: { from: 0, to: Math.max(1, own.length - 1), label: 'iteration', ticks: roundTicks(own.length - 1) },
          y: { from: 0, to: most, label: 'error, levels', ticks: roundTicks(most) },
        });
        return;
      }
      const most = Math.max(...ends.map((one) => Math.max(one.own, one.whole))) * 1.06;
      const from = KS[0];
      const to = KS[KS.length - 1];
      const { across } = chart(context, box, {
        lines: [
          { values: ends.map((one) => [one.k, one.whole]), color: accent, name: 'the picture' },
          { values: ends.map((one) => [one.k, one.own]), color: second, name: `the color ${name}` },
        ],
        x: { from, to, label: 'number of colors, k', ticks: [4, 16, 32, 48, 64].map((k) => [k, String(k)]) },
        y: { from: 0, to: most, label: 'error after the last iteration, levels', ticks: roundTicks(most) },
      });
      context.strokeStyle = themeColor('ink');
      context.setLineDash([5, 4]);
      context.beginPath();
      context.moveTo(across(predicted), box.top + 26);
      context.lineTo(across(predicted), box.top + box.height - 40);
      context.stroke();
      context.setLineDash([]);
      write(context, 'you', across(predicted) + 5, box.top + 38, { size: 12 });
    });

    const told = (value) => `${value.toFixed(1)} levels`;
    function tellSteps() {
      say(`${name}: ${told(own[0])} at the start, ${told(own[own.length - 1])} at the end; the picture ${told(run.errors[0])} and ${told(last(run.errors))}.`);
    }
    const guess = slider('lesson-k', 'It comes back at k =', { min: 4, max: 64, step: 4, value: predicted }, (value) => {
      predicted = value;
      memory.fishK = value;
      guessed.textContent = value;
      redraw();
    });
    const guessed = document.createElement('b');
    guessed.textContent = predicted;
    guess.row.append(guessed);

    async function reveal() {
      const found = [];
      for (const k of KS) {
        say(`Running k-means with ${k} colors\u2026`);
        const { steps, errors } = await data.run({ k, seed: SEED });
        if (!isCurrent()) return;
        found.push({ k, whole: last(errors), own: data.errorOf(last(steps), vivid.counts), step: last(steps) });
      }
      ends = found;
      view = 'ks';
      const back = ends.find((one) => one.own < KEPT);
      const best = back || ends[ends.length - 1];
      shown = { title: `${best.k} colors`, image: rasterOf(picture, best.step) };
      const always = back && back.k === KS[0] ? `With this seed it is there from ${KS[0]} colors on` : null;
      const words = always || (back ? `With this seed it comes back at k = ${back.k}` : 'It does not come back by 64 colors');
      say(`${words}; you said ${predicted}.`);
      redraw();
    }
    async function protect() {
      const { steps, errors } = await data.run({ k: K, seed: SEED, keep: Uint8Array.from(vivid.color) });
      if (!isCurrent()) return;
      view = 'steps';
      shown = { title: `${K} colors, one of them kept`, image: rasterOf(picture, last(steps)) };
      const [before, after] = [last(run.errors), last(errors)];
      const cost = (after / before) ** 2 - 1;
      const words = cost >= 0 ? `${percent(cost)} more squared error` : `${percent(-cost)} less squared error, as this start was bad`;
      say(`${name} is pinned: ${told(data.errorOf(last(steps), vivid.counts))} instead of ${told(last(own))}. The picture: ${words}.`);
      redraw();
    }
    const swatch = document.createElement('span');
    swatch.className = 'lesson-swatch';
    swatch.style.background = cssOf(vivid.color);
    controls.append(
      guess.row,
      button('Reveal', reveal, { id: 'lesson-reveal', class: 'primary' }),
      button('Protect it', protect, { id: 'lesson-protect' }),
      swatch,
    );
    tellSteps();
  },
};
