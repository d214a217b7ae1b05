// The loupe over the picture: original at the left, compressed at the right, eight times as large.

import { packed, STAGE } from './paint.js';
import { grouped, hexAt, percent } from './words.js';
import { el } from './dom.js';

const RADIUS = 58;
const PIXEL = 8;

/** Draws the loupe beside hover = {x, y, pixel}. */
export function drawLoupe(context, { picture, now, hover, width, height }) {
  const across = hover.pixel % picture.width;
  const down = Math.floor(hover.pixel / picture.width);
  const reach = Math.ceil(RADIUS / PIXEL);
  // Beside the pointer, on the side where there is room.
  const x = hover.x + (hover.x > width - 2 * RADIUS - 30 ? -RADIUS - 18 : RADIUS + 18);
  const y = Math.max(RADIUS + 6, Math.min(height - RADIUS - 6, hover.y + (hover.y < 2 * RADIUS + 30 ? RADIUS : -RADIUS)));
  context.save();
  context.beginPath();
  context.arc(x, y, RADIUS, 0, 7);
  context.fillStyle = STAGE.paper;
  context.fill();
  context.clip();
  for (const side of [0, 1]) {
    context.save();
    context.beginPath();
    context.rect(side ? x : x - RADIUS, y - RADIUS, RADIUS, 2 * RADIUS);
    context.clip();
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const [px, py] = [across + dx, down + dy];
        if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
        const pixel = py * picture.width + px;
        if (picture.where[pixel] < 0) continue;
        const color = side ? packed(now.palette, 3 * now.entries[pixel]) : packed(picture.rgba, 4 * pixel);
        context.fillStyle = `rgb(${color & 255} ${(color >>> 8) & 255} ${(color >>> 16) & 255})`;
        context.fillRect(x + (dx - 0.5) * PIXEL, y + (dy - 0.5) * PIXEL, PIXEL + 0.5, PIXEL + 0.5);
      }
    }
    context.restore();
  }
  context.fillStyle = '#FFFFFF';
  context.fillRect(x - 0.5, y - RADIUS, 1, 2 * RADIUS);
  context.strokeStyle = '#FFFFFF';
  context.lineWidth = 1.5;
  context.strokeRect(x - PIXEL / 2, y - PIXEL / 2, PIXEL, PIXEL);
  context.restore();
  context.beginPath();
  context.arc(x, y, RADIUS, 0, 7);
  context.strokeStyle = '#FFFFFF';
  context.lineWidth = 2;
  context.stroke();
}

/** What the pixel under the pointer is and what it becomes: '#E87026 -> #AE8B70, 57 apart, cluster 14, 1.4 %'. */
export function mountReadout(host, { store, shown }) {
  const { on, state } = store;
  const chip = (bytes, at) => {
    const mark = el('i', {});
    mark.style.background = hexAt(bytes, at);
    return mark;
  };
  function show() {
    const { hover, picture, at } = state;
    const now = picture && shown();
    if (!hover || !now) {
      const few = picture && state.settings.start === 'placed' && at === 0;
      const several = state.tab === 'seeds' || state.tab === 'ks';
      const placing = 'Click in the picture to place a center; shift-drag marks a region.';
      host.textContent = !picture
        ? ''
        : several
          ? 'Click a result to take it; wheel and drag move all of them.'
          : few
            ? placing
            : 'Point at a pixel to see what becomes of it; click to see all pixels of its color.';
      return;
    }
    const own = 4 * hover.pixel;
    const entry = now.entries[hover.pixel];
    let square = 0;
    for (let channel = 0; channel < 3; channel++) {
      square += (picture.rgba[own + channel] - now.palette[3 * entry + channel]) ** 2;
    }
    host.replaceChildren(
      chip(picture.rgba, own),
      el('b', {}, hexAt(picture.rgba, own)),
      ' \u2192 ',
      chip(now.palette, 3 * entry),
      el('b', {}, hexAt(now.palette, 3 * entry)),
      `, ${grouped(Math.sqrt(square))} apart, cluster ${entry + 1}, ${percent(now.shares[entry])} of the pixels`,
    );
  }
  on(['hover', 'picture', 'steps', 'at', 'settings', 'file', 'tab'], show);
  show();
}
