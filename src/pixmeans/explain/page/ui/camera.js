// From where the cloud of colors is seen, and dots splatted into a picture with a depth for each of its pixels.

import { SPACES, toGrid } from '../engine/spaces.js';

/** Where the eye stands at first; angles in radians, distance in units. */
export const HOME = {
  rgb: { turn: -0.49, tilt: 0.31, zoom: 0.53, distance: 3.4 },
  oklab: { turn: 1.08, tilt: 0.24, zoom: 0.76, distance: 3.4 },
};

/** Float32Array(3n): where grid points (3n,) of a space stand: right, up, away, each about -0.5 to 0.5. */
export function placesOf(grid, space) {
  const places = new Float32Array(grid.length);
  const { scale } = SPACES[space];
  for (let at = 0; at < grid.length; at += 3) {
    if (space === 'oklab') {
      places[at] = grid[at + 1] / scale;
      places[at + 1] = grid[at] / scale - 0.5;
      places[at + 2] = grid[at + 2] / scale + 0.03;
    } else {
      for (let axis = 0; axis < 3; axis++) places[at + axis] = grid[at + axis] / scale / 255 - 0.5;
    }
  }
  return places;
}

/** The function that takes a place to {x, y, away, scale} in a view of width x height dots. */
export function projector({ turn, tilt, zoom, distance }, width, height) {
  const [sinTurn, cosTurn, sinTilt, cosTilt] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)];
  const size = zoom * Math.min(height, width * 0.92);
  return (x, y, z) => {
    const right = x * cosTurn + z * sinTurn;
    const back = z * cosTurn - x * sinTurn;
    const up = y * cosTilt + back * sinTilt;
    const away = back * cosTilt - y * sinTilt;
    const scale = (size * distance) / (distance + away);
    return { x: width / 2 + right * scale, y: height / 2 - up * scale, away, scale };
  };
}

/**
 * Draws dots, near ones over far ones. out: (width * height,) pixels, 0 where there is none; depth: the same number of
 * floats, for use within. places: (3n,); inks: (n,) pixels, 0 for dots that are left out; size: dots on a side.
 */
export function splat(out, depth, width, height, camera, places, inks, size) {
  out.fill(0);
  depth.fill(1e9);
  const { turn, tilt, zoom, distance } = camera;
  const [sinTurn, cosTurn, sinTilt, cosTilt] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)];
  const near = zoom * Math.min(height, width * 0.92) * distance;
  const half = size / 2;
  for (let dot = 0, at = 0; dot < inks.length; dot++, at += 3) {
    const ink = inks[dot];
    if (!ink) continue;
    const x = places[at];
    const y = places[at + 1];
    const z = places[at + 2];
    const back = z * cosTurn - x * sinTurn;
    const away = back * cosTilt - y * sinTilt;
    const scale = near / (distance + away);
    const left = Math.round(width / 2 + (x * cosTurn + z * sinTurn) * scale - half);
    const top = Math.round(height / 2 - (y * cosTilt + back * sinTilt) * scale - half);
    if (left < 0 || top < 0 || left + size > width || top + size > height) continue;
    for (let row = top; row < top + size; row++) {
      for (let spot = row * width + left, end = spot + size; spot < end; spot++) {
        if (away < depth[spot]) {
          depth[spot] = away;
          out[spot] = ink;
        }
      }
    }
  }
}

const CORNERS = [
  ['black', 0, 0, 0],
  ['red', 255, 0, 0],
  ['green', 0, 255, 0],
  ['blue', 0, 0, 255],
  ['white', 255, 255, 255],
  ['yellow', 255, 255, 0],
  ['magenta', 255, 0, 255],
  ['cyan', 0, 255, 255],
];

/** What sRGB can show in a space: {edges: lists of places along its twelve edges, corners: [[name, x, y, z]]}. */
export function solid(space) {
  const pieces = space === 'oklab' ? 24 : 1; // the same edges are bent in OKLab
  const edges = [];
  for (let edge = 0; edge < 12; edge++) {
    const axis = edge % 3;
    const rest = Math.floor(edge / 3);
    const colors = new Uint8Array(3 * (pieces + 1));
    for (let piece = 0; piece <= pieces; piece++) {
      colors[3 * piece + axis] = Math.round((255 * piece) / pieces);
      colors[3 * piece + ((axis + 1) % 3)] = 255 * (rest & 1);
      colors[3 * piece + ((axis + 2) % 3)] = 255 * (rest >> 1);
    }
    edges.push(placesOf(toGrid(colors, space), space));
  }
  const corners = CORNERS.map(([name, ...color]) => [name, ...placesOf(toGrid(Uint8Array.from(color), space), space)]);
  return { edges, corners };
}
