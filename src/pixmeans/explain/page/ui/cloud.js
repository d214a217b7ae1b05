// The cloud: every color of the picture as a dot in space, the centers as circles with the ways they came.

import { crisp, el, FONT, lessMotion, ratioOf, scheduled, segments } from './dom.js';
import { HOME, placesOf, projector, solid, splat } from './camera.js';
import { pointsOf } from './frame.js';
import { cellInks, dimmed, packed, STAGE } from './paint.js';
import { countOf } from './words.js';

const solids = {};
const solidOf = (space) => (solids[space] ||= solid(space));

/**
 * A cloud on a canvas; it knows nothing of the page. show({places, inks, circles, trails, space}) draws:
 * places: Float32Array(3n); inks: (n,) pixels; circles: [{place: [x, y, z], color, share, ring, entry}];
 * trails: [{places: Float32Array(3m), color}]; dot: CSS pixels on a side of a dot, wires: how much of the solid is seen, 0 to 1. onPick(entry or null): a circle was clicked.
 */
export class Cloud {
  constructor(canvas, onPick = () => {}) {
    this.canvas = canvas;
    this.onPick = onPick;
    this.data = null;
    this.camera = { ...HOME.rgb };
    this.turning = !lessMotion();
    this.spots = [];
    this.layer = document.createElement('canvas');
    this.draw = scheduled(() => this.paint());
    crisp(canvas, () => this.draw());
    this.listen();
    let last = 0;
    const turn = (now) => {
      // While nobody has touched it, it turns slowly, so that it is seen to be a solid; a hidden one rests.
      if (this.turning && !document.hidden && canvas.clientWidth && now - last > 45) {
        if (last && this.data) {
          this.camera.turn += (Math.min(100, now - last) / 1000) * 0.11;
          this.paint();
        }
        last = now;
      }
      if (this.turning) requestAnimationFrame(turn);
    };
    if (this.turning) requestAnimationFrame(turn);
  }

  /** What is to be seen from now on. */
  show(data) {
    if (!this.data || this.data.space !== data.space) this.camera = { ...HOME[data.space] };
    this.data = data;
    this.draw();
  }

  /** As it was at first. */
  home() {
    if (!this.data) return;
    this.camera = { ...HOME[this.data.space] };
    this.draw();
  }

  paint() {
    const { canvas, data, layer } = this;
    const { width, height } = canvas;
    const context = canvas.getContext('2d');
    const ratio = ratioOf(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = STAGE.paper;
    context.fillRect(0, 0, width, height);
    if (!data) return;
    const project = projector(this.camera, width, height);
    context.globalAlpha = data.wires ?? 1;
    this.wires(context, project, ratio);
    context.globalAlpha = 1;
    if (layer.width !== width || layer.height !== height || !this.pixels) {
      layer.width = width;
      layer.height = height;
      this.image = layer.getContext('2d').createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.depth = new Float32Array(width * height);
    }
    const dot = Math.max(1, Math.round((data.dot || 1.4 * (data.places.length < 9000 ? 2 : 1)) * ratio));
    splat(this.pixels, this.depth, width, height, this.camera, data.places, data.inks, dot);
    layer.getContext('2d').putImageData(this.image, 0, 0);
    context.drawImage(layer, 0, 0);
    context.globalAlpha = data.wires ?? 1;
    this.names(context, project, ratio);
    context.globalAlpha = 1;
    this.ways(context, project, ratio);
    this.circles(context, project, ratio);
  }

  wires(context, project, ratio) {
    context.strokeStyle = STAGE.line;
    context.lineWidth = ratio;
    for (const places of solidOf(this.data.space).edges) {
      context.beginPath();
      for (let at = 0; at < places.length; at += 3) {
        const spot = project(places[at], places[at + 1], places[at + 2]);
        context[at ? 'lineTo' : 'moveTo'](spot.x, spot.y);
      }
      context.stroke();
    }
  }

  /** The corners' names, over the dots, which would hide those behind them. */
  names(context, project, ratio) {
    const { corners } = solidOf(this.data.space);
    context.font = `${11 * ratio}px ${FONT}`;
    context.fillStyle = STAGE.mute;
    context.strokeStyle = STAGE.paper;
    context.lineWidth = 3 * ratio;
    context.lineJoin = 'round';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const named = corners.map(([name, x, y, z]) => {
      const away = 1 + 0.08 / (Math.hypot(x, y, z) || 1);
      return { name, ...project(away * x, away * y, away * z) };
    });
    // Near names first; one that would stand on another is left out until the solid turns.
    named.sort((one, other) => one.away - other.away);
    const taken = [];
    for (const { name, x: middle, y } of named) {
      const half = context.measureText(name).width / 2 + 3 * ratio;
      const x = Math.max(half, Math.min(this.canvas.width - half, middle));
      if (taken.some((one) => Math.abs(one.x - x) < one.half + half && Math.abs(one.y - y) < 13 * ratio)) continue;
      taken.push({ x, y, half });
      context.strokeText(name, x, y);
      context.fillText(name, x, y);
    }
  }

  ways(context, project, ratio) {
    context.lineJoin = 'round';
    context.lineCap = 'round';
    for (const { places, color } of this.data.trails) {
      if (places.length < 6) continue;
      context.beginPath();
      for (let at = 0; at < places.length; at += 3) {
        const spot = project(places[at], places[at + 1], places[at + 2]);
        context[at ? 'lineTo' : 'moveTo'](spot.x, spot.y);
      }
      context.strokeStyle = 'rgb(0 0 0 / .55)';
      context.lineWidth = 3.2 * ratio;
      context.stroke();
      context.strokeStyle = color;
      context.lineWidth = 1.6 * ratio;
      context.stroke();
    }
  }

  circles(context, project, ratio) {
    this.spots = this.data.circles.map((circle) => {
      const spot = project(...circle.place);
      return { ...circle, ...spot, radius: (3.4 + 15 * Math.sqrt(circle.share)) * ratio };
    });
    for (const spot of [...this.spots].sort((one, other) => other.away - one.away)) {
      context.globalAlpha = spot.faded ? 0.35 : 1;
      context.beginPath();
      context.arc(spot.x, spot.y, spot.radius + (spot.ring ? 2 * ratio : 0), 0, 7);
      context.fillStyle = spot.color;
      context.fill();
      context.lineWidth = (spot.ring ? 5 : 3.2) * ratio;
      context.strokeStyle = 'rgb(0 0 0 / .6)';
      context.stroke();
      context.lineWidth = (spot.ring ? 3 : 1.5) * ratio;
      context.strokeStyle = spot.ring || STAGE.ink;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** The circle at a point in CSS pixels, or null. */
  circleAt(x, y) {
    const ratio = ratioOf(this.canvas);
    const near = this.spots
      .map((spot) => ({ spot, far: Math.hypot(spot.x - x * ratio, spot.y - y * ratio) - spot.radius }))
      .filter(({ far }) => far < 6 * ratio)
      .sort((one, other) => one.far - other.far || one.spot.away - other.spot.away);
    return near.length ? near[0].spot : null;
  }

  listen() {
    const { canvas } = this;
    const down = new Map();
    let far = 0;
    const touched = () => {
      this.turning = false;
    };
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      down.set(event.pointerId, event);
      far = 0;
      touched();
    });
    canvas.addEventListener('pointermove', (event) => {
      const before = down.get(event.pointerId);
      if (!before) {
        const box = canvas.getBoundingClientRect();
        canvas.style.cursor = this.circleAt(event.clientX - box.left, event.clientY - box.top) ? 'pointer' : 'grab';
        return;
      }
      const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
      if (down.size === 1) {
        this.camera.turn -= x * 0.009;
        this.camera.tilt = Math.max(-1.5, Math.min(1.5, this.camera.tilt + y * 0.009));
      } else {
        const other = [...down.entries()].find(([id]) => id !== event.pointerId)[1];
        const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
        this.zoom(gap(event) / gap(before));
      }
      far += Math.abs(x) + Math.abs(y);
      down.set(event.pointerId, event);
      this.draw();
    });
    const up = (event) => {
      if (!down.delete(event.pointerId) || down.size || far > 5 || event.type !== 'pointerup') return;
      const box = canvas.getBoundingClientRect();
      const spot = this.circleAt(event.clientX - box.left, event.clientY - box.top);
      this.onPick(spot ? spot.entry : null);
    };
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('pointercancel', up);
    canvas.addEventListener('dblclick', () => this.home());
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        touched();
        this.zoom(Math.exp(-event.deltaY * 0.0015));
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => {
      const [turn, tilt] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [0, 0];
      const zoom = { '+': 1.15, '=': 1.15, '-': 1 / 1.15 }[event.key] || 1;
      if (!turn && !tilt && zoom === 1) return;
      event.preventDefault();
      event.stopPropagation();
      touched();
      this.camera.turn += 0.12 * turn;
      this.camera.tilt = Math.max(-1.5, Math.min(1.5, this.camera.tilt + 0.12 * tilt));
      this.zoom(zoom);
    });
  }

  zoom(factor) {
    this.camera.zoom = Math.max(0.3, Math.min(6, this.camera.zoom * factor));
    this.draw();
  }
}

/** What a half-step looks like in the cloud: the data of `Cloud.show`. inks: 'own' colors or those of 'cells'. */
export function cloudOf({ picture, steps, at, space, palette, selected, inks }) {
  const step = steps[at];
  picture.places ||= {};
  picture.places[space] ||= placesOf(pointsOf(picture, space), space);
  const count = picture.counts.length;
  const colors = new Uint32Array(count);
  const cells = step && inks === 'cells' ? cellInks(step.weights.length, null) : null;
  for (let color = 0; color < count; color++) {
    const own = cells ? cells[step.labels[color]] : packed(picture.colors, 3 * color);
    colors[color] = !step || selected === null || step.labels[color] === selected ? own : dimmed(own);
  }
  const circles = [];
  const trails = [];
  if (step) {
    const now = placesOf(step.centroids, space);
    for (let entry = 0; entry < step.weights.length; entry++) {
      const chosen = entry === selected;
      circles.push({
        entry,
        place: now.subarray(3 * entry, 3 * entry + 3),
        color: `rgb(${palette.subarray(3 * entry, 3 * entry + 3).join(' ')})`,
        share: step.weights[entry] / picture.taken,
        ring: chosen ? STAGE.accent : null,
        faded: selected !== null && !chosen,
      });
    }
    const moves = steps.slice(0, at + 1).filter((one, place) => place === 0 || one.phase === 'update');
    const along = moves.map((one) => placesOf(one.centroids, space));
    for (let entry = 0; entry < step.weights.length; entry++) {
      if (selected !== null && entry !== selected) continue;
      const places = new Float32Array(3 * along.length);
      along.forEach((one, place) => places.set(one.subarray(3 * entry, 3 * entry + 3), 3 * place));
      trails.push({ places, color: entry === selected ? STAGE.accent : 'rgb(242 240 234 / .75)' });
    }
  }
  return { places: picture.places[space], inks: colors, circles, trails, space };
}

/** Builds the cloud and its buttons into host. */
export function mountCloud(host, { store, shown }) {
  const { onSeen, set, state } = store;
  const canvas = el('canvas', { tabIndex: 0, role: 'application', 'aria-label': 'Cloud of the picture\u2019s colors; drag or arrows turn it' });
  const heading = el('h2', {});
  const inks = el('div', { class: 'segments', role: 'group', 'aria-label': 'Colors of the dots' });
  host.replaceChildren(el('div', { class: 'bar' }, heading, inks), el('div', { class: 'stage' }, canvas));
  const pressed = segments(inks, [
    ['own', 'Own colors', 'Each dot in its own color'],
    ['cells', 'Cells', 'Each dot in the hue of its cluster'],
  ], (value) => set({ cloudInks: value }));
  const cloud = new Cloud(canvas, (entry) => set({ selected: entry === state.selected ? null : entry }));
  const bring = () => {
    const { picture, steps, at, settings, ranWith, selected, cloudInks } = state;
    pressed(cloudInks);
    heading.textContent = picture ? `${countOf(picture.counts.length, 'color')} in ${settings.space === 'oklab' ? 'OKLab' : 'RGB'}` : '';
    if (!picture) return;
    const space = steps.length ? ranWith.space : settings.space;
    const now = shown();
    cloud.show(cloudOf({ picture, steps, at, space, palette: now && now.palette, selected, inks: cloudInks }));
  };
  const show = scheduled(bring);
  const seen = ({ picture, steps, at, selected, cloudInks, file }) => [picture, steps[at], selected, cloudInks, file];
  onSeen(['picture', 'steps', 'at', 'selected', 'cloudInks', 'file'], seen, show);
  show();
  cloud.now = () => {
    bring();
    cloud.paint();
  };
  return cloud;
}
