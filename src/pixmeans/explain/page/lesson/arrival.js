// Step 1: each pixel flies from the picture to its place in the cube; equal colors pile up.

import { HOME } from '../ui/camera.js';
import { grouped } from '../ui/words.js';
import { animate, button, eased, slider } from './kit.js';

const FLAT_ZOOM = 0.8;

export const arrival = {
  title: 'A picture is a cloud',
  words:
    'Every pixel is three numbers: how much red, green and blue. So it has a place in a cube. Let them fly there. Where a picture has much of a color, the dots pile up.',
  question: 'Two pixels far apart in the picture have the same color. Where are they in the cube?',
  answer:
    'In the same place. The cube has forgotten where they were in the picture; how many there are is all that k-means needs.',
  link: (picture) => ({ picture: picture.sample || '', k: 16, seed: 1 }),

  mount({ cloud, cloudCanvas, controls, data, layout, onLeave, say }) {
    const { dots, piles, picture } = data;
    const places = new Float32Array(dots.places.length);
    let stop = () => {};
    let at = 0;
    layout('cloud');

    function show(value) {
      at = value;
      const flown = Math.min(1, value);
      const piled = Math.max(0, value - 1);
      for (let i = 0, dot = 0; i < places.length; i += 3, dot++) {
        // They set off from left to right, so that single ones can be followed.
        const late = 0.35 * (dots.places[i] + 0.6);
        const own = eased(Math.max(0, Math.min(1, flown * 1.42 - late)));
        for (let c = 0; c < 3; c++) places[i + c] = dots.places[i + c] + own * (dots.ends[i + c] - dots.places[i + c]);
      }
      const turned = eased(flown);
      cloud.camera = {
        turn: HOME.rgb.turn * turned,
        tilt: HOME.rgb.tilt * turned,
        zoom: FLAT_ZOOM + (HOME.rgb.zoom - FLAT_ZOOM) * turned,
        distance: HOME.rgb.distance,
      };
      const circles = piled
        ? piles.slice(0, 220).map(({ place, color, share }) => ({ place, color, share: share * piled * 4, ring: null, entry: null }))
        : [];
      // In the picture dots are as large as they are apart, so that it has no gaps.
      const high = Math.min(cloudCanvas.clientHeight, cloudCanvas.clientWidth * 0.92);
      const whole = Math.ceil(FLAT_ZOOM * high * dots.pitch);
      const dot = whole + (1.4 - whole) * turned;
      // Not `show`, which would put the camera back.
      cloud.data = { places, inks: dots.inks, circles, trails: [], space: 'rgb', dot, wires: turned };
      cloud.draw();
      const colors = `${grouped(picture.visible)} pixels, ${grouped(picture.counts.length)} different colors`;
      say(value < 0.02 ? `${colors}.` : value < 1.02 ? `${colors}: each dot stands where its color belongs.` : `Piles of alike colors: the histogram, in space.`);
    }

    const flight = slider('lesson-flight', 'Flight', { min: 0, max: 2, step: 0.01, value: 0 }, (value) => {
      stop();
      show(value);
    });
    const to = (goal) => () => {
      stop();
      const from = at;
      stop = animate(2200 * Math.abs(goal - from) + 200, (share) => {
        const value = from + (goal - from) * share;
        flight.set(value);
        show(value);
      });
    };
    controls.append(
      flight.row,
      button('Let them fly', to(1), { id: 'lesson-fly', class: 'primary' }),
      button('Pile up', to(2), { id: 'lesson-pile' }),
      button('Back to the picture', to(0), { id: 'lesson-picture' }),
    );
    onLeave(() => stop());
    show(0);
  },
};
