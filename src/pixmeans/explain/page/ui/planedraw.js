// Drawing in the unit square: cells, spokes, squares, points and centers, as explain/plane/drawing.py has them.

import { FONT, themeColor } from './dom.js';
import { SIDE } from './planedata.js';

/** Okabe and Ito's colors, and a shape for each for those who cannot tell them apart. */
export const CATEGORIES = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];

/** Where the square stands on a canvas: {left, top, size} in CSS pixels. */
export function frameOf(width, height) {
  const size = Math.max(40, Math.min(width, height) - 24);
  return { left: (width - size) / 2, top: (height - size) / 2, size };
}

const spotOf = (frame, x, y) => [frame.left + (frame.size * x) / SIDE, frame.top + frame.size * (1 - y / SIDE)];

/** Grid steps of a place on the canvas, within the square. */
export function placeOf(frame, x, y) {
  const inside = (value) => Math.round(Math.max(0, Math.min(SIDE, value)));
  return [inside((SIDE * (x - frame.left)) / frame.size), inside(SIDE * (1 - (y - frame.top) / frame.size))];
}

/** The corners of the part of the square that is nearest to one center. */
export function cellOf(centers, which) {
  let corners = [
    [0, 0],
    [SIDE, 0],
    [SIDE, SIDE],
    [0, SIDE],
  ];
  const [ownX, ownY] = centers[which];
  for (const [x, y] of centers) {
    const [towardX, towardY] = [x - ownX, y - ownY];
    if (!towardX && !towardY) continue;
    const limit = (x * x + y * y - ownX * ownX - ownY * ownY) / 2;
    const sides = corners.map(([cornerX, cornerY]) => cornerX * towardX + cornerY * towardY - limit);
    const kept = [];
    corners.forEach((corner, place) => {
      const before = (place + corners.length - 1) % corners.length;
      if (sides[before] < 0 !== sides[place] < 0) {
        const share = sides[before] / (sides[before] - sides[place]);
        kept.push([0, 1].map((axis) => corners[before][axis] + (corner[axis] - corners[before][axis]) * share));
      }
      if (sides[place] <= 0) kept.push(corner);
    });
    corners = kept;
    if (!corners.length) break;
  }
  return corners;
}

/** The outline of a cluster's shape around a spot. */
export function shape(context, which, x, y, radius) {
  context.beginPath();
  if (which % 6 === 0) context.arc(x, y, radius, 0, 7);
  else {
    const polygon = {
      1: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
      2: [[0, -1.15], [1.05, 0.8], [-1.05, 0.8]],
      3: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
      4: [[0, 1.15], [1.05, -0.8], [-1.05, -0.8]],
      5: [[-0.4, -1.1], [0.4, -1.1], [0.4, -0.4], [1.1, -0.4], [1.1, 0.4], [0.4, 0.4], [0.4, 1.1], [-0.4, 1.1], [-0.4, 0.4], [-1.1, 0.4], [-1.1, -0.4], [-0.4, -0.4]],
    }[which % 6];
    polygon.forEach(([dx, dy], place) => context[place ? 'lineTo' : 'moveTo'](x + dx * radius, y + dy * radius));
    context.closePath();
  }
}

/**
 * Draws all. data: {points: Int32Array(2n), centers: [[x, y]], labels or null, before: centers of the half-step before
 * or null, changed: a Uint8Array(n) of points that changed side, or null, ghosts: [[x, y]] in shares, spokes, squares,
 * hover: a center or null}.
 */
export function drawPlane(context, frame, data) {
  const { centers, labels, points } = data;
  const { left, top, size } = frame;
  const [ink, card, mute, line] = ['ink', 'card', 'mute', 'line'].map(themeColor);
  context.save();
  context.beginPath();
  context.rect(left, top, size, size);
  context.clip();
  if (labels) {
    centers.forEach((_, which) => {
      const corners = cellOf(centers, which);
      if (corners.length < 3) return;
      context.beginPath();
      corners.forEach(([x, y], place) => context[place ? 'lineTo' : 'moveTo'](...spotOf(frame, x, y)));
      context.closePath();
      context.globalAlpha = 0.14;
      context.fillStyle = CATEGORIES[which];
      context.fill();
      context.globalAlpha = 1;
      context.strokeStyle = card;
      context.lineWidth = 2;
      context.stroke();
    });
  }
  const count = points.length / 2;
  const radius = Math.max(3, size / 110);
  if (labels && (data.spokes || data.squares)) {
    for (let point = 0; point < count; point++) {
      const [x, y] = spotOf(frame, points[2 * point], points[2 * point + 1]);
      const [toX, toY] = spotOf(frame, ...centers[labels[point]]);
      context.strokeStyle = CATEGORIES[labels[point]];
      if (data.squares) {
        // The square that stands on the distance: all of them together are the error.
        const [dx, dy] = [toX - x, toY - y];
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(toX, toY);
        context.lineTo(toX - dy, toY + dx);
        context.lineTo(x - dy, y + dx);
        context.closePath();
        context.fillStyle = CATEGORIES[labels[point]];
        context.globalAlpha = 0.05;
        context.fill();
        context.globalAlpha = 0.3;
        context.lineWidth = 0.8;
        context.stroke();
      } else {
        context.globalAlpha = 0.45;
        context.lineWidth = 0.9;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(toX, toY);
        context.stroke();
      }
      context.globalAlpha = 1;
    }
  }
  for (let point = 0; point < count; point++) {
    const [x, y] = spotOf(frame, points[2 * point], points[2 * point + 1]);
    shape(context, labels ? labels[point] : 0, x, y, radius);
    if (labels) {
      context.fillStyle = CATEGORIES[labels[point]];
      context.fill();
    } else {
      context.fillStyle = card;
      context.fill();
      context.strokeStyle = mute;
      context.lineWidth = 1.3;
      context.stroke();
    }
    if (data.changed && data.changed[point]) {
      context.beginPath();
      context.arc(x, y, radius * 2, 0, 7);
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.stroke();
    }
  }
  for (const [x, y] of data.ghosts) {
    context.beginPath();
    context.arc(...spotOf(frame, SIDE * x, SIDE * y), radius * 3.2, 0, 7);
    context.setLineDash([4, 4]);
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.stroke();
    context.setLineDash([]);
  }
  drawCenters(context, frame, data, { ink, card, radius });
  context.restore();
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.strokeRect(left, top, size, size);
}

function cross(context, x, y, arm) {
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
}

function drawCenters(context, frame, { before, centers, hover, labels }, { ink, card, radius }) {
  const arm = radius * 1.7;
  context.lineCap = 'round';
  centers.forEach((center, which) => {
    const [x, y] = spotOf(frame, ...center);
    if (before) {
      const [fromX, fromY] = spotOf(frame, ...before[which]);
      if (Math.hypot(fromX - x, fromY - y) > 1) {
        cross(context, fromX, fromY, arm * 0.8);
        context.strokeStyle = CATEGORIES[which];
        context.lineWidth = 1.5;
        context.stroke();
        context.beginPath();
        context.moveTo(fromX, fromY);
        context.lineTo(x, y);
        context.strokeStyle = ink;
        context.lineWidth = 1.4;
        context.stroke();
      }
    }
  });
  centers.forEach((center, which) => {
    const [x, y] = spotOf(frame, ...center);
    if (hover === which) {
      context.beginPath();
      context.arc(x, y, arm * 2, 0, 7);
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.stroke();
    }
    cross(context, x, y, arm);
    context.strokeStyle = card;
    context.lineWidth = 9.5;
    context.stroke();
    context.strokeStyle = labels ? CATEGORIES[which] : ink;
    context.lineWidth = 5.5;
    context.stroke();
    context.font = `700 ${Math.round(11 + radius)}px ${FONT}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    // Beside its cross, to the right, or to the left at the right edge.
    const beside = x + arm * 2.4 < frame.left + frame.size - 8 ? arm * 2.4 : -arm * 2.4;
    context.lineWidth = 4;
    context.strokeStyle = card;
    context.strokeText(which + 1, x + beside, y - arm);
    context.fillStyle = ink;
    context.fillText(which + 1, x + beside, y - arm);
  });
}
