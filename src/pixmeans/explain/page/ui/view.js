// Where a picture stands on the stage, and the fingers, wheel and keys that move it. All tiles of a tab share one view.

/** The rectangles of so many tiles of a shape (width / height) in a room, as large as they can be. */
export function tileRects(count, width, height, shape, gap) {
  let best = null;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const w = (width - gap * (columns - 1)) / columns;
    const h = (height - gap * (rows - 1)) / rows;
    const size = Math.min(w, h * shape);
    if (!best || size > best.size) best = { size, columns, w, h };
  }
  return Array.from({ length: count }, (_, tile) => ({
    x: (tile % best.columns) * (best.w + gap),
    y: Math.floor(tile / best.columns) * (best.h + gap),
    width: best.w,
    height: best.h,
  }));
}

/** How a picture is laid into a rectangle: {scale, left, top}: its upper left corner and dots a pixel. */
export function placement(rect, picture, view) {
  const scale = Math.min(rect.width / picture.width, rect.height / picture.height) * view.zoom;
  return {
    scale,
    left: rect.x + rect.width / 2 - view.x * picture.width * scale,
    top: rect.y + rect.height / 2 - view.y * picture.height * scale,
  };
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** A view whose picture still covers the middle of its rectangle. */
function settled({ zoom, x, y }) {
  const limited = clamp(zoom, 1, 64);
  const reach = Math.max(0, 0.5 - 0.5 / limited);
  return { zoom: limited, x: clamp(x, 0.5 - reach, 0.5 + reach), y: clamp(y, 0.5 - reach, 0.5 + reach) };
}

/** The view after a zoom about a point of the picture (in shares of its sides), which stays where it is. */
export function zoomed(view, factor, at) {
  const zoom = clamp(view.zoom * factor, 1, 64);
  const kept = view.zoom / zoom;
  return settled({ zoom, x: at.x + (view.x - at.x) * kept, y: at.y + (view.y - at.y) * kept });
}

/** The view after a move by shares of the picture's sides. */
export const moved = (view, x, y) => settled({ zoom: view.zoom, x: view.x + x, y: view.y + y });

/**
 * Listens to pointers on a canvas. to: {start(point), drag(point, by), click(point), end(far): whether it was dragged,
 * double(point), hover(point), leave(), pinch(factor, middle, by), wheel(factor, point)}; points are CSS pixels of the
 * canvas.
 */
export function listen(canvas, to) {
  const down = new Map();
  let far = false;
  let last = null;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, shift: event.shiftKey, type: event.pointerType };
  };
  const spread = () => {
    const [a, b] = [...down.values()];
    return { size: Math.hypot(a.x - b.x, a.y - b.y) || 1, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    const at = point(event);
    down.set(event.pointerId, at);
    if (down.size === 1) {
      far = false;
      last = at;
      to.start(at);
    } else if (down.size === 2) {
      far = true;
      last = spread();
    }
  });
  canvas.addEventListener('pointermove', (event) => {
    const at = point(event);
    if (!down.has(event.pointerId)) {
      to.hover(at);
      return;
    }
    const begun = down.get(event.pointerId);
    if (down.size === 2) {
      down.set(event.pointerId, at);
      const now = spread();
      to.pinch(now.size / last.size, now, { x: now.x - last.x, y: now.y - last.y });
      last = now;
    } else if (far || Math.hypot(at.x - begun.x, at.y - begun.y) > 4) {
      far = true;
      to.drag(at, { x: at.x - last.x, y: at.y - last.y });
      last = at;
    }
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    if (down.size === 1) last = [...down.values()][0];
    if (down.size) return;
    if (!far && event.type === 'pointerup') to.click(point(event));
    to.end(far);
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  // A finger that is lifted leaves, too, but what it pointed at stays told.
  canvas.addEventListener('pointerleave', (event) => down.size || event.pointerType === 'touch' || to.leave());
  canvas.addEventListener('dblclick', (event) => to.double(point(event)));
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      to.wheel(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), point(event));
    },
    { passive: false },
  );
}
