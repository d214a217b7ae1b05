// The eight steps in their order.

import { arrival } from './arrival.js';
import { bits } from './bits.js';
import { dots } from './dots.js';
import { draw } from './draw.js';
import { fish } from './fish.js';
import { halves } from './halves.js';
import { shine } from './shine.js';
import { until } from './until.js';

/**
 * Each has {title, words: at most 40, question, answer, link(picture): settings for the studio's address or null,
 * mount(stage)}.
 */
export const STEPS = [arrival, draw, halves, until, bits, fish, dots, shine];
