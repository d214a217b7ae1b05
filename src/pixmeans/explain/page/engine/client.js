// The page's side of the worker.

/** Talks to one worker with one picture. Several runs may go on at once; they share its time. */
export class Engine {
  /**
   * source: the text of a script that a worker can run (from file:// workers only start from a Blob), or the URL of
   * worker.js, to be loaded as a module.
   */
  constructor(source) {
    if (source instanceof URL) {
      this.worker = new Worker(source, { type: 'module' });
    } else {
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      this.worker = new Worker(url);
    }
    this.waiting = new Map();
    this.next = 1;
    this.runs = new Set();
    this.worker.onmessage = (event) => this.heard(event.data);
    this.worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message || 'the worker failed'));
      this.waiting.clear();
    };
  }

  heard({ id, steps, done, error }) {
    const call = this.waiting.get(id);
    if (call === undefined) return;
    if (steps && steps.length && call.onSteps) {
      for (const step of steps) {
        // An update moves centroids; labels are still those of the assignment before, and travel only once.
        if (step.labels === null) step.labels = call.labels;
        call.labels = step.labels;
      }
      call.onSteps(steps);
    }
    if (error !== undefined) call.reject(new Error(error));
    else if (done !== undefined) call.resolve(done);
    else return;
    this.waiting.delete(id);
    this.runs.delete(id);
  }

  ask(message, transfer = [], onSteps = null) {
    const id = this.next++;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, onSteps, labels: null }));
    this.worker.postMessage({ id, ...message }, transfer);
    return { id, answer };
  }

  /**
   * Reads a picture, and leaves the one of before in use. rgba: Uint8ClampedArray or Uint8Array(4 * width * height),
   * which is copied.
   * Returns {number, n, colors: Uint8Array(3n), counts: Float64Array(n), where: Int32Array(width * height),
   * transparent: pixels, visible: pixels, preview}.
   */
  open({ rgba, width, height }) {
    const copy = rgba.slice();
    return this.ask({ type: 'open', picture: { rgba: copy, width, height } }, [copy.buffer]).answer;
  }

  /** Runs and files are of this picture from now on: one that `open` told of. Those opened before it are forgotten. */
  use({ number }) {
    this.worker.postMessage({ id: 0, type: 'use', number });
  }

  /** Opens a picture and uses it at once. */
  async load(picture) {
    const told = await this.open(picture);
    this.use(told);
    return told;
  }

  /**
   * Runs k-means; `onSteps` is handed its half-steps, several at a time (see `lloyd`).
   * options: {k, start: a name of STARTS, placed: Uint8Array(3k) or null, seed, space: 'rgb' or 'oklab', maxIterations,
   * keep: Uint8Array(3p), pinned colors, or null, empty: 'keep' or 'refill'}. keep: 'all' steps, or the 'last' one only.
   * Returns a promise of {steps, converged, errors: inertia of each iteration, cancelled}, with a method `cancel()`.
   */
  run(options, onSteps, keep = 'all') {
    const { id, answer } = this.ask({ type: 'run', options, keep }, [], onSteps);
    this.runs.add(id);
    answer.cancel = () => this.worker.postMessage({ id: 0, type: 'cancel', run: id });
    return answer;
  }

  /** Cancels all runs. */
  cancel() {
    for (const run of this.runs) this.worker.postMessage({ id: 0, type: 'cancel', run });
  }

  /**
   * The real file of some centroids. options: {centroids: Int32Array(3k), space, dither: a name of DITHERS, kept: how
   * many of the first centroids are pinned}. Returns {indices, palette, alpha, mse, png} as `Picture.file`.
   */
  file(options) {
    return this.ask({ type: 'file', options }).answer;
  }

  /** Ends the worker. What was asked is never answered: nobody wants to know it of a picture that is gone. */
  close() {
    this.worker.terminate();
    this.waiting.clear();
  }
}
