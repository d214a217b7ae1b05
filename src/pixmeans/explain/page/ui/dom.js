// Small helpers for the document: elements, canvases that are crisp, frames that are drawn once.

/** The letters of canvases. */
export const FONT = 'system-ui, "DejaVu Sans", sans-serif';

/** A new element. props: its properties; `class`, `data-...` and `aria-...` are attributes; `on`: its listeners. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name === 'on') for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === 'class' || name === 'for' || name === 'role' || name.includes('-')) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Drawn, because few fonts have these signs.
const ICONS = {
  first: 'M4 3v10M13 3 6 8l7 5z',
  back: 'M11 3 4 8l7 5z',
  forth: 'M5 3l7 5-7 5z',
  last: 'M12 3v10M3 3l7 5-7 5z',
  dice: 'M2.5 2.5h11v11h-11zM5.5 5.5h.01M10.5 5.5h.01M5.5 10.5h.01M10.5 10.5h.01M8 8h.01',
};

/** A small drawing for a button. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('class', `icon ${name}`);
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[name]);
  drawing.append(path);
  return drawing;
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** Calls draw in the next animation frame, however often it is asked for before. */
export function scheduled(draw) {
  let asked = 0;
  return () => {
    if (!asked) {
      asked = requestAnimationFrame(() => {
        asked = 0;
        draw();
      });
    }
  };
}

/** Gives a canvas as many dots as the screen has under it; calls changed() when that becomes another number. */
export function crisp(canvas, changed) {
  const fit = () => {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    changed();
  };
  new ResizeObserver(fit).observe(canvas);
  window.addEventListener('resize', fit);
}

/** How many dots of the canvas one CSS pixel has. */
export const ratioOf = (canvas) => canvas.width / Math.max(1, canvas.clientWidth);

/** Whether the reader asked for less motion. */
export const lessMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The value of one of the page's colors, as the theme has it now. */
export function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A line of words for a moment, for the eye and for screen readers. */
export function toast(words, trouble = false) {
  const node = byId('toast');
  node.textContent = words;
  node.classList.toggle('trouble', trouble);
  node.classList.add('shown');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => node.classList.remove('shown'), trouble ? 8000 : 3000);
}

/** Hands bytes to the reader as a file. */
export function download(blob, name) {
  const link = el('a', { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Copies text, and says so. */
export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from files may not use the clipboard: the old way still may.
    const area = el('textarea', { value: text });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast(`${what} copied`);
}

/** A row of buttons of which one is pressed. choices: [[value, label, title]]. Returns show(value). */
export function segments(host, choices, choose) {
  const buttons = choices.map(([value, label, title]) =>
    el('button', { type: 'button', title: title || '', 'data-value': value, on: { click: () => choose(value) } }, label),
  );
  host.replaceChildren(...buttons);
  return (value) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.value === String(value)));
  };
}
