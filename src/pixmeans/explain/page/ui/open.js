// Ways in: a file is chosen, dropped or pasted. It stays on this computer: at most the server on it sees the bytes.

import { byId, toast } from './dom.js';

const FORMATS = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', gif: 'GIF', avif: 'AVIF', bmp: 'BMP', 'svg+xml': 'SVG' };

/** Opens a File or Blob; says in words when it is no picture. */
export async function openBlob(blob, { session, server }) {
  const name = blob.name || 'pasted.png';
  let source = null;
  try {
    if (server) {
      const told = await server.upload(blob, name);
      await session.show({ ...told, bytes: blob.size, notes: told.notes || [] });
      return;
    }
    const kind = (blob.type || '').replace('image/', '');
    source = URL.createObjectURL(blob);
    await session.show({ name, src: source, bytes: blob.size, format: FORMATS[kind] || 'file' });
  } catch (error) {
    toast(server ? error.message : `${name}: ${error.message}`, true);
  } finally {
    if (source) URL.revokeObjectURL(source);
  }
}

/** Lets pictures be dropped anywhere and pasted. open(blob) */
export function mountDrop(open) {
  const veil = byId('veil');
  const hasFiles = (event) => [...event.dataTransfer.types].includes('Files');
  let depth = 0;
  document.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    veil.hidden = false;
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return; // words may be dropped into fields
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    const [file] = event.dataTransfer.files;
    if (file) open(file);
  });
  document.addEventListener('paste', (event) => {
    const [file] = event.clipboardData.files;
    if (file) open(file);
    else if (!event.target.matches('input, textarea')) toast('There is no picture in the clipboard.', true);
  });
}

/** Reads a picture from the clipboard, where the browser lets a button do that. */
export async function pasted(open) {
  try {
    for (const item of await navigator.clipboard.read()) {
      const kind = item.types.find((type) => type.startsWith('image/'));
      if (kind) {
        open(new File([await item.getType(kind)], 'pasted.png', { type: kind }));
        return;
      }
    }
    toast('There is no picture in the clipboard.', true);
  } catch {
    toast('This browser pastes with Ctrl+V only.', true);
  }
}
