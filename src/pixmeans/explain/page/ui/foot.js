// The foot: the command and the Python lines that make what is on the screen.

import { copyText, el } from './dom.js';

/** A word as a shell takes it. */
const quoted = (word) => (/^[\w./:=+@%,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The settings that differ from the article's, as [flag, field, value]. */
function changes(settings, iterations, alpha) {
  const list = [
    ['-k', 'k', settings.k],
    ['--seed', 'seed', settings.seed],
  ];
  if (settings.start !== 'random-pixels') list.push(['--init', 'init', settings.start]);
  if (settings.space !== 'rgb') list.push(['--space', 'space', settings.space]);
  if (settings.dither !== 'none') list.push(['--dither', 'dither', settings.dither]);
  if (settings.dither === 'auto') list.push(['--dither-strength', 'dither_strength', 1]); // else Python looks for itself
  if (settings.protect !== 'off') list.push(['--protect', 'protect', settings.protect]);
  if (iterations !== 30) list.push(['--max-iterations', 'max_iterations', iterations]);
  if (alpha) list.push(['--alpha-threshold', 'alpha_threshold', 128]); // the page knows opaque and transparent pixels
  return list;
}

/** {command, python} for a picture {name, alpha} and settings. iterations: the most that the run may have. */
export function recipe({ name, alpha }, settings, iterations) {
  const stem = name.replace(/\.[^.]*$/, '') || name;
  const list = changes(settings, iterations, alpha);
  const output = `${stem}-k${settings.k}.png`;
  const words = ['pixmeans', '--preset', 'article'];
  for (const [flag, , value] of list) words.push(flag, String(value));
  for (const color of settings.keep) words.push('--keep', color.toLowerCase());
  words.push(...(name.startsWith('-') ? ['--', name] : [name]));
  const fields = list.map(([, field, value]) => `${field}=${JSON.stringify(value)}`);
  if (settings.keep.length) fields.push(`keep=${JSON.stringify(settings.keep.map((color) => color.toLowerCase()))}`);
  return {
    command: words.map(quoted).join(' '),
    python: `import pixmeans as pm; pm.compress(${JSON.stringify(name)}, settings=pm.Settings.article(${fields.join(', ')})).save(${JSON.stringify(output)})`,
  };
}

/** Builds the lines into host. given: those of a report's file, {facts, settings}. */
export function mountFoot(host, { store, given = null }) {
  const { on, state } = store;
  const line = (label, id) => {
    const code = el('code', { id, tabIndex: 0 });
    const copy = el('button', { type: 'button', 'aria-label': `Copy ${label}`, on: { click: () => copyText(code.textContent, label) } }, 'Copy');
    return { code, row: el('div', {}, el('span', {}, label), code, copy) };
  };
  const command = line('Command', 'command');
  const python = line('Python', 'python');
  host.replaceChildren(command.row, python.row);

  function show() {
    const { picture, settings, steps, at } = state;
    if (!picture) return;
    host.hidden = state.mode !== 'studio';
    if (settings.start === 'placed') {
      command.code.textContent = `# Centers placed by hand are not a command's. Save the palette, then: pixmeans ${quoted(picture.name)} --palette palette.hex`;
      python.code.textContent = '# pm.compress(..., palette="palette.hex") uses the palette that was found here';
      return;
    }
    if (given && settings === given.settings && at === steps.length - 1) {
      command.code.textContent = given.facts.command;
      python.code.textContent = given.facts.python.trim().replace(/\n+/g, '; ');
      return;
    }
    const step = steps[at];
    const iterations = step && at < steps.length - 1 ? step.iteration : settings.maxIterations;
    const told = recipe(picture, settings, iterations);
    command.code.textContent = told.command;
    python.code.textContent = told.python;
  }
  on(['picture', 'settings', 'steps', 'at', 'mode'], show);
  show();
}
