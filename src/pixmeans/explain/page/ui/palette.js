// The palette strip under the picture: a color's width is its share; a click selects, a double click pins.

import { copyText, el } from './dom.js';
import { paletteOf } from './frame.js';
import { countOf, hexAt, isLight, percent } from './words.js';

const LUMA = [299, 587, 114];
const lumaAt = (bytes, at) => LUMA.reduce((sum, weight, channel) => sum + weight * bytes[at + channel], 0);

/** Builds the strip into host. pin(hex): pins a color, or lets it go. */
export function mountPalette(host, { store, shown, pin }) {
  const { on, set, state } = store;
  const strip = el('div', { class: 'strip', role: 'listbox', 'aria-label': 'Palette; a color is as wide as its share' });
  const words = el('span', {});
  const copy = el('button', { type: 'button', id: 'copy-hex', on: { click: copyHex } }, 'Copy hex');
  const hold = el('button', { type: 'button', id: 'pin', on: { click: () => pinEntry(state.selected) } }, 'Pin');
  const none = el('button', { type: 'button', id: 'deselect', on: { click: () => set({ selected: null }) } }, 'Show all');
  host.replaceChildren(strip, el('div', { class: 'palette-words' }, words, hold, none, copy));
  let buttons = [];
  let order = [];

  function copyHex() {
    const now = shown();
    if (!now) return;
    if (state.selected !== null) copyText(hexAt(now.palette, 3 * state.selected), 'Color');
    else copyText(order.map((entry) => hexAt(now.palette, 3 * entry)).join('\n'), countOf(order.length, 'color'));
  }

  function pinEntry(entry) {
    const now = shown();
    if (now && entry !== null && entry < now.palette.length / 3) pin(hexAt(now.palette, 3 * entry), entry);
  }

  /** Entries from dark to light as they are at the end of the run: an order that holds while it plays. */
  function arrange() {
    const { steps } = state;
    const last = steps[steps.length - 1];
    const bytes = paletteOf(last, state.ranWith.space);
    const count = bytes.length / 3;
    order = Array.from({ length: count }, (_, entry) => entry);
    order.sort((one, other) => lumaAt(bytes, 3 * one) - lumaAt(bytes, 3 * other) || one - other);
    if (buttons.length !== count) {
      buttons = order.map((_, entry) =>
        el('button', {
          type: 'button',
          role: 'option',
          tabIndex: -1,
          'data-entry': entry,
          on: {
            click: () => set({ selected: state.selected === entry ? null : entry }),
            dblclick: () => pinEntry(entry),
          },
        }),
      );
    }
    const wanted = order.map((entry) => buttons[entry]);
    if (wanted.some((button, place) => strip.children[place] !== button) || strip.children.length !== count) {
      strip.replaceChildren(...wanted);
    }
  }

  function show() {
    const { steps, at, picture, selected, settings } = state;
    const step = steps[at];
    if (!step || !picture) {
      strip.replaceChildren();
      buttons = [];
      words.textContent = picture ? 'No centers yet: click in the picture.' : '';
      hold.hidden = none.hidden = copy.hidden = true;
      return;
    }
    arrange();
    const { palette, shares } = shown();
    const pins = state.ranWith.keep.length;
    const chosen = selected !== null && selected < buttons.length ? selected : null;
    strip.classList.toggle('dim', chosen !== null);
    strip.classList.toggle('many', buttons.length > 80);
    for (const [entry, button] of buttons.entries()) {
      const hex = hexAt(palette, 3 * entry);
      const share = shares[entry];
      button.style.background = hex;
      button.style.color = isLight(...palette.subarray(3 * entry, 3 * entry + 3)) ? '#1B1B1B' : '#FFFFFF';
      button.style.flexGrow = Math.max(share, 0.0001);
      button.title = `${hex}, ${percent(share)} of the pixels. Click to select, double-click to pin.`;
      button.setAttribute('aria-label', `${hex}, ${percent(share)}`);
      button.setAttribute('aria-selected', String(entry === chosen));
      button.classList.toggle('pinned', entry < pins);
      button.tabIndex = entry === (chosen ?? order[0]) ? 0 : -1;
    }
    copy.hidden = false;
    none.hidden = hold.hidden = chosen === null;
    copy.textContent = chosen === null ? 'Copy all' : 'Copy hex';
    if (chosen === null) {
      const clear = picture.transparent ? ' and transparent' : '';
      const pinned = settings.keep.length ? `, ${settings.keep.length} pinned` : '';
      words.replaceChildren(el('b', {}, countOf(buttons.length, 'color')), `${clear}${pinned}; the wider, the more pixels. Click one.`);
    } else {
      hold.textContent = chosen < pins ? 'Unpin' : 'Pin';
      words.replaceChildren(
        el('b', {}, hexAt(palette, 3 * chosen)),
        ` cluster ${chosen + 1}, ${percent(shares[chosen])} of the pixels`,
      );
    }
  }

  strip.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const place = order.indexOf(Number(event.target.dataset.entry));
    if (!by || place < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = order[Math.max(0, Math.min(order.length - 1, place + by))];
    set({ selected: next });
    buttons[next].focus();
  });

  on(['steps', 'at', 'selected', 'picture', 'file'], show);
  show();
}
