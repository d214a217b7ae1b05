// The picture in its tabs: Compare, Cells, Difference, Seeds, ks. All share one zoom, one selection and one loupe.

import { crisp, el, FONT, ratioOf, scheduled } from './dom.js';
import { drawLoupe } from './loupe.js';
import { cellInks, inksOf, paintDifference, paintEntries, paintOriginal, raster, STAGE } from './paint.js';
import { listen, moved, placement, tileRects, zoomed } from './view.js';
import { countOf } from './words.js';

const LABEL = 18; // the line of words over a small tile
const GRAB = 14; // how near to the split a drag takes hold of it

/**
 * Builds the picture into host. shown() -> {entries, palette} of what is on the screen, or null. many() -> the tiles of
 * Seeds and ks: [{title, more: words of which the first that fit are shown, labels, palette, key: equal for equal pixels,
 * adopt}]. place(pixel): puts a center on the color of a pixel.
 */
export function mountStage(host, { store, shown, many, place }) {
  const { on, onSeen, set, state } = store;
  const canvas = el('canvas', { tabIndex: 0, role: 'application', 'aria-label': '' });
  host.append(canvas);
  let rasters = {};
  let tiles = [];
  const tileRasters = new Map(); // of the tiles on the screen, by their keys
  const originals = new WeakMap();
  let dragging = '';
  let drawn = 0;

  function rasterOf(name) {
    const { width, height } = state.picture;
    if (rasters.width !== width || rasters.height !== height) rasters = { width, height };
    rasters[name] ||= raster(width, height);
    return rasters[name];
  }

  /** The rasters of the tab, painted anew. */
  function paint() {
    const { picture, tab, selected, gain } = state;
    if (!picture) return;
    const now = shown();
    const { where, rgba } = picture;
    const entries = now ? now.entries : null;
    if (tab === 'compare' || !now) {
      const original = rasterOf('original');
      paintOriginal(original.pixels, rgba, entries, where, now ? selected : null);
      original.commit();
    }
    if (!now || tab === 'seeds' || tab === 'ks') return;
    const other = rasterOf('other');
    if (tab === 'compare') paintEntries(other.pixels, entries, where, inksOf(now.palette, selected));
    if (tab === 'cells') paintEntries(other.pixels, entries, where, cellInks(now.palette.length / 3, selected));
    if (tab === 'difference') paintDifference(other.pixels, rgba, entries, where, now.palette, gain, selected);
    other.commit();
  }

  function rasterOfTile(tile) {
    if (!tileRasters.has(tile.key)) {
      const { picture } = state;
      const made = raster(picture.width, picture.height);
      const inks = inksOf(tile.palette, null);
      for (let pixel = 0; pixel < made.pixels.length; pixel++) {
        const color = picture.where[pixel];
        made.pixels[pixel] = color < 0 ? 0 : inks[tile.labels[color]];
      }
      made.commit();
      tileRasters.set(tile.key, { canvas: made.canvas });
    }
    return tileRasters.get(tile.key);
  }

  function draw() {
    const context = canvas.getContext('2d');
    const ratio = ratioOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    context.fillStyle = STAGE.paper;
    context.fillRect(0, 0, width, height);
    const { opening, picture, tab, split } = state;
    if (!picture) {
      if (opening) drawOpening(context, { x: 0, y: 0, width, height }, opening);
      return;
    }
    const several = tab === 'seeds' || tab === 'ks';
    if (several) drawMany(context, width, height);
    else {
      tileRasters.clear();
      const rect = { x: 0, y: 0, width, height };
      tiles = [{ rect }];
      const now = shown();
      if (!now) put(context, rect, rasters.original, picture);
      else if (tab === 'compare') {
        const at = splitAt(rect);
        put(context, rect, rasters.original, picture, 0, at);
        put(context, rect, rasters.other, picture, at, width);
        if (split > 0 && split < 1) drawSplit(context, at, height);
        if (split > 0) pill(context, 'Original', 10, 'left', at - 6);
        if (split < 1) pill(context, countOf(now.palette.length / 3, 'color'), width - 10, 'right', width - at - 6);
      } else put(context, rect, rasters.other, picture);
      if (state.region) drawRegion(context, rect, state.region);
      if (state.hover && now && state.loupe && !dragging) {
        drawLoupe(context, { picture, now, hover: state.hover, width, height });
      }
    }
    canvas.setAttribute('aria-label', labelOf());
    canvas.style.touchAction = state.view.zoom > 1 || state.marking ? 'none' : ''; // else the page may scroll
    drawn++;
  }

  /** The first picture, before anything is known of it. */
  function drawOpening(context, rect, opening) {
    const made = raster(opening.width, opening.height);
    made.pixels.set(new Uint32Array(opening.rgba.buffer));
    made.commit();
    put(context, rect, made, opening);
    drawn++;
  }

  function labelOf() {
    const name = state.picture.name;
    return {
      compare: `${name}: original at the left of the line, compressed at the right`,
      cells: `${name}: where each color is, one hue a color`,
      difference: `${name}: difference to the original`,
      seeds: `${name}: results of other seeds; click one to take it`,
      ks: `${name}: results with fewer and more colors; click one to take it`,
    }[state.tab];
  }

  const splitAt = (rect) => Math.round(rect.x + rect.width * state.split);

  /** Draws a raster between two places across. */
  function put(context, rect, source, picture, from = rect.x, to = rect.x + rect.width) {
    const { scale, left, top } = placement(rect, picture, state.view);
    const ratio = ratioOf(canvas);
    context.save();
    context.beginPath();
    context.rect(from, rect.y, to - from, rect.height);
    context.clip();
    if (picture.transparent) checkers(context, left, top, picture.width * scale, picture.height * scale);
    context.imageSmoothingEnabled = scale * ratio < 1.5;
    context.imageSmoothingQuality = 'medium';
    context.drawImage(source.canvas, left, top, picture.width * scale, picture.height * scale);
    context.restore();
  }

  function checkers(context, left, top, width, height) {
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.fillStyle = '#2A2D33';
    context.fillRect(left, top, width, height);
    context.fillStyle = '#363A42';
    const [x0, y0] = [Math.max(0, left), Math.max(0, top)];
    const [x1, y1] = [Math.min(canvas.clientWidth, left + width), Math.min(canvas.clientHeight, top + height)];
    for (let y = Math.floor((y0 - top) / 8); top + 8 * y < y1; y++) {
      for (let x = Math.floor((x0 - left) / 8); left + 8 * x < x1; x++) {
        if ((x + y) & 1) context.fillRect(left + 8 * x, top + 8 * y, 8, 8);
      }
    }
    context.restore();
  }

  function drawSplit(context, at, height) {
    context.fillStyle = 'rgb(0 0 0 / .45)';
    context.fillRect(at - 2, 0, 4, height);
    context.fillStyle = '#FFFFFF';
    context.fillRect(at - 1, 0, 2, height);
    context.beginPath();
    context.arc(at, height / 2, 13, 0, 7);
    context.fill();
    context.fillStyle = '#1B1B1B';
    for (const side of [-1, 1]) {
      context.beginPath();
      context.moveTo(at + side * 3, height / 2 - 5);
      context.lineTo(at + side * 8.5, height / 2);
      context.lineTo(at + side * 3, height / 2 + 5);
      context.fill();
    }
  }

  /** Words on a dark ground in the upper corner, unless there is no room. */
  function pill(context, words, x, align, room) {
    context.font = `600 12px ${FONT}`;
    const width = context.measureText(words).width + 16;
    if (width > room - 6) return;
    const left = align === 'left' ? x : x - width;
    context.fillStyle = 'rgb(20 22 26 / .78)';
    context.beginPath();
    context.roundRect(left, 10, width, 22, 11);
    context.fill();
    context.fillStyle = STAGE.ink;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(words, left + 8, 21.5);
  }

  function drawRegion(context, rect, region) {
    const { scale, left, top } = placement(rect, state.picture, state.view);
    const box = [left + region.x * scale, top + region.y * scale, region.width * scale, region.height * scale];
    context.lineWidth = 3;
    context.strokeStyle = 'rgb(0 0 0 / .5)';
    context.strokeRect(...box);
    context.lineWidth = 1.5;
    context.strokeStyle = STAGE.accent;
    context.setLineDash([5, 4]);
    context.strokeRect(...box);
    context.setLineDash([]);
  }

  function drawMany(context, width, height) {
    const { picture } = state;
    const list = many();
    for (const key of tileRasters.keys()) if (!list.some((tile) => tile.key === key)) tileRasters.delete(key);
    const gap = 8;
    const inner = { x: 8, y: 8, width: width - 16, height: height - 16 };
    const shape = picture.width / picture.height;
    // The words over a tile take room that is the same for all, so tiles are laid out a little flatter than pictures.
    const cells = tileRects(list.length, inner.width, inner.height, shape * 0.94, gap);
    tiles = list.map((tile, place) => {
      const cell = cells[place];
      const rect = { x: inner.x + cell.x, y: inner.y + cell.y + LABEL, width: cell.width, height: cell.height - LABEL };
      return { ...tile, rect };
    });
    for (const tile of tiles) {
      const { rect } = tile;
      const { scale } = placement(rect, picture, { zoom: 1, x: 0.5, y: 0.5 });
      const left = rect.x + (rect.width - picture.width * scale) / 2;
      const wide = picture.width * scale;
      context.save();
      context.beginPath();
      context.rect(left, rect.y - LABEL, wide, LABEL);
      context.clip();
      context.textBaseline = 'alphabetic';
      context.textAlign = 'left';
      context.font = `600 12px ${FONT}`;
      context.fillStyle = tile.current ? STAGE.accent : STAGE.ink;
      context.fillText(tile.title, left, rect.y - 5);
      const used = context.measureText(`${tile.title}  `).width;
      context.font = `12px ${FONT}`;
      context.fillStyle = '#B9B6AE';
      const more = tile.more.find((words) => used + context.measureText(words).width <= wide);
      if (more) context.fillText(more, left + used, rect.y - 5);
      context.restore();
      const inside = { x: left, y: rect.y, width: wide, height: rect.height };
      if (tile.palette) put(context, inside, rasterOfTile(tile), picture);
      else if (tile.original) put(context, inside, tileOriginal(), picture);
      else {
        context.fillStyle = '#1F2228';
        context.fillRect(left, rect.y + (rect.height - picture.height * scale) / 2, wide, picture.height * scale);
        context.fillStyle = '#B9B6AE';
        context.textAlign = 'center';
        context.fillText('computing', left + wide / 2, rect.y + rect.height / 2);
      }
      if (tile.current) {
        context.strokeStyle = STAGE.accent;
        context.lineWidth = 2;
        context.strokeRect(left, rect.y + (rect.height - picture.height * scale) / 2, wide, picture.height * scale);
      }
      tile.rect = inside;
    }
  }

  function tileOriginal() {
    const { picture } = state;
    if (!originals.has(picture)) {
      const made = raster(picture.width, picture.height);
      paintOriginal(made.pixels, picture.rgba, null, picture.where, null);
      made.commit();
      originals.set(picture, made);
    }
    return originals.get(picture);
  }

  /** The tile and the pixel under a point of the canvas, or null. */
  function under(point) {
    const { picture, view } = state;
    const tile = tiles.find(
      ({ rect }) =>
        point.x >= rect.x && point.y >= rect.y && point.x < rect.x + rect.width && point.y < rect.y + rect.height,
    );
    if (!picture || !tile) return null;
    const { scale, left, top } = placement(tile.rect, picture, view);
    const share = { x: (point.x - left) / (scale * picture.width), y: (point.y - top) / (scale * picture.height) };
    const x = Math.floor(share.x * picture.width);
    const y = Math.floor(share.y * picture.height);
    const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
    return { tile, share, x, y, inside, pixel: y * picture.width + x, scale };
  }

  const clampedPixel = (found) => ({
    x: Math.max(0, Math.min(state.picture.width, found.x)),
    y: Math.max(0, Math.min(state.picture.height, found.y)),
  });

  let corner = null;
  listen(canvas, {
    start(point) {
      const found = under(point);
      const near = state.tab === 'compare' && Math.abs(point.x - splitAt({ x: 0, width: canvas.clientWidth })) < GRAB;
      if ((point.shift || state.marking) && found && state.tab !== 'seeds' && state.tab !== 'ks') {
        dragging = 'region';
        corner = clampedPixel(found);
      } else dragging = state.tab === 'compare' && (near || state.view.zoom === 1) ? 'split' : 'pan';
    },
    drag(point, by) {
      if (dragging === 'split') set({ split: Math.max(0, Math.min(1, point.x / canvas.clientWidth)) });
      if (dragging === 'pan' && state.picture && tiles.length) {
        const { scale } = placement(tiles[0].rect, state.picture, state.view);
        set({ view: moved(state.view, -by.x / (scale * state.picture.width), -by.y / (scale * state.picture.height)) });
      }
      if (dragging === 'region') {
        const at = under(point);
        if (!at) return;
        const end = clampedPixel(at);
        const [x, y] = [Math.min(corner.x, end.x), Math.min(corner.y, end.y)];
        const [width, height] = [Math.abs(corner.x - end.x), Math.abs(corner.y - end.y)];
        if (width && height) set({ region: { x, y, width, height, name: 'region' } });
      }
    },
    click(point) {
      const found = under(point);
      if (!found) return;
      if (found.tile.adopt) found.tile.adopt();
      else if (state.marking) set({ region: null, marking: false });
      else if (found.inside && state.picture.where[found.pixel] >= 0) {
        const now = shown();
        if (state.settings.start === 'placed' && !state.playing && state.at === 0) place(found.pixel);
        else if (now) {
          const entry = now.entries[found.pixel];
          set({ selected: state.selected === entry ? null : entry });
          if (point.type === 'touch') set({ hover: { ...point, pixel: found.pixel } });
        }
      } else set({ selected: null });
    },
    end(far) {
      if (dragging === 'region' && far) set({ marking: false });
      dragging = '';
      redraw();
    },
    double: () => set({ view: { zoom: 1, x: 0.5, y: 0.5 } }),
    hover(point) {
      const found = under(point);
      const split = state.tab === 'compare' && Math.abs(point.x - splitAt({ x: 0, width: canvas.clientWidth })) < GRAB;
      canvas.style.cursor = split ? 'ew-resize' : found && found.tile.adopt ? 'pointer' : 'crosshair';
      const on = found && found.inside && !found.tile.adopt && state.picture.where[found.pixel] >= 0;
      set({ hover: on ? { ...point, pixel: found.pixel } : null });
    },
    leave: () => set({ hover: null }),
    pinch(factor, middle, by) {
      const found = under(middle);
      if (!found) return;
      const { scale } = placement(found.tile.rect, state.picture, state.view);
      const view = moved(state.view, -by.x / (scale * state.picture.width), -by.y / (scale * state.picture.height));
      set({ view: zoomed(view, factor, found.share) });
    },
    wheel(factor, point) {
      const found = under(point);
      if (found) set({ view: zoomed(state.view, factor, found.share) });
    },
  });

  canvas.addEventListener('keydown', (event) => {
    const step = { '+': 1.25, '=': 1.25, '-': 0.8 }[event.key];
    if (step) set({ view: zoomed(state.view, step, state.view) });
  });

  // One frame for both: what is drawn must not be of another state than what was painted.
  let stale = true;
  const now = () => {
    if (stale) paint();
    stale = false;
    draw();
  };
  const redraw = scheduled(now);
  const repaint = () => {
    stale = true;
    redraw();
  };
  crisp(canvas, repaint);
  // A run that goes on in the worker brings steps that are not on the screen yet.
  const seen = ({ picture, steps, at, tab, selected, gain, file, many: count, seedCount }) => [
    picture,
    steps[at],
    tab,
    selected,
    gain,
    file,
    tab === 'seeds' || tab === 'ks' ? count : 0,
    seedCount,
  ];
  onSeen(['picture', 'steps', 'at', 'tab', 'selected', 'gain', 'file', 'many', 'seedCount'], seen, repaint);
  on(['opening', 'view', 'split', 'hover', 'region', 'loupe', 'marking'], redraw);
  const repainted = () => {
    stale = true;
    now();
  };
  return { canvas, now: repainted, repaint, drawnFrames: () => drawn, tiles: () => tiles };
}
