// Step 8: four pictures in four codecs at equal looks, and other ways to choose colors in the same cube.

import { themeColor } from '../ui/dom.js';
import { cloudOfStep, cssOf } from './data.js';
import { edgesOf, judged, medianCut, octree } from './boxes.js';
import { button, write } from './kit.js';

const K = 16;

/** kB at SSIMULACRA2 70, as docs/when-a-palette.md measured them; null: the codec cannot hold the picture. */
export const CODECS = ['palette', 'JPEG', 'WebP', 'AVIF'];
export const EQUAL = {
  sprite: { what: 'pixel art', kB: [0.5, null, 1.4, 1.4] },
  screenshot: { what: 'windows, text', kB: [7.5, 40.2, 16.5, 6.5] },
  reef: { what: 'like a photo', kB: [31.3, 25.6, 21.6, 14.5] },
  sky: { what: 'smooth slope', kB: [6.7, 4.4, 1.7, 0.8] },
};

export const shine = {
  title: 'Where it shines',
  words:
    'Four pictures, equally good to look at in four codecs: the longer the bar, the more bytes. Palettes win where colors are few, and lose on photos and slopes. The cube shows other ways to choose sixteen colors.',
  question: 'Which of your pictures would you save with a palette?',
  answer: 'Logos, icons, screenshots, pixel art, maps: few colors, sharp edges. Photos rather as AVIF or WebP, unless it must be a PNG or GIF.',
  link: (picture) => ({ picture: picture.sample || '', k: K, seed: 1, tab: 'ks' }),

  async mount({ cloud, controls, data, draw, isCurrent, layout, say }) {
    layout('both', { tall: true, name: 'Bytes of four pictures in four codecs at equal looks' });
    draw((context, width, height) => {
      const names = Object.keys(EQUAL);
      const colors = [themeColor('accent'), themeColor('edge'), themeColor('edge'), themeColor('edge')];
      const room = Math.min(150, (height - 56) / names.length);
      const left = 70;
      const wide = width - left - 68;
      write(context, 'Bytes at equal looks (SSIMULACRA2 70)', 14, 24, { weight: 600 });
      names.forEach((name, place) => {
        const { what, kB } = EQUAL[name];
        const top = 44 + place * room;
        write(context, name, 14, top + 12, { weight: 600 });
        write(context, what, 14 + context.measureText(`${name}  `).width, top + 12, { color: themeColor('mute'), size: 12 });
        const most = Math.max(...kB.filter((value) => value !== null));
        const least = Math.min(...kB.filter((value) => value !== null));
        const bar = Math.min(22, (room - 26) / 4);
        kB.forEach((value, codec) => {
          const y = top + 20 + codec * bar;
          write(context, CODECS[codec], left - 6, y + bar - 6, { size: 12, align: 'right', color: themeColor('mute') });
          if (value === null) {
            write(context, 'no transparency', left + 2, y + bar - 6, { size: 12, color: themeColor('mute') });
            return;
          }
          context.fillStyle = colors[codec];
          context.fillRect(left, y + 2, Math.max(2, (wide * value) / most), bar - 5);
          write(context, `${value} kB`, left + (wide * value) / most + 6, y + bar - 6, { size: 12, weight: value === least ? 700 : 400 });
        });
      });
    });

    const { picture } = data;
    let wanted = '';
    async function ours() {
      wanted = 'means';
      const { steps, errors } = await data.run({ k: K, seed: 1 });
      if (!isCurrent() || wanted !== 'means') return;
      cloud.show({ ...cloudOfStep(data, steps, steps.length - 1), trails: [] });
      say(`k-means, ${K} colors: error ${errors[errors.length - 1].toFixed(1)} levels. Each color goes to its nearest center.`);
      press('means');
    }
    function other(way, make, words) {
      wanted = way;
      const boxes = make(picture, K);
      const { palette, error } = judged(picture, boxes);
      cloud.show({
        places: data.places,
        inks: data.inks,
        circles: palette.map((color, place) => ({
          entry: place,
          place: color.map((value) => value / 255 - 0.5),
          color: cssOf(color),
          share: boxes[place].weight / picture.visible,
          ring: null,
        })),
        trails: boxes.map((box) => ({ places: edgesOf(box), color: 'rgb(255 176 0 / .85)' })),
        space: 'rgb',
      });
      say(`${words}, ${boxes.length} colors: error ${error.toFixed(1)} levels.`);
      press(way);
    }
    const buttons = {
      means: button('k-means', ours, { id: 'lesson-means' }),
      cut: button('Median cut', () => other('cut', medianCut, 'Median cut halves boxes through the middle of their pixels'), { id: 'lesson-cut' }),
      tree: button('Octree', () => other('tree', octree, 'An octree folds eight cubes into one until few are left'), { id: 'lesson-tree' }),
    };
    const press = (chosen) => {
      for (const [name, node] of Object.entries(buttons)) node.setAttribute('aria-pressed', String(name === chosen));
    };
    controls.append(...Object.values(buttons));
    await ours();
  },
};
