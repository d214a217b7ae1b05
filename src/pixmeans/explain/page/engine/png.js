// A real indexed PNG, written in the page (W3C, "Portable Network Graphics", third edition). A canvas would write one of
// 24 or 32 bits a pixel.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The bits of an index: 1, 2, 4 or 8, the fewest that so many colors need. */
export function bitDepth(colors) {
  return [1, 2, 4, 8].find((bits) => colors <= 2 ** bits);
}

/** A zlib stream of bytes. */
export async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Uint8Array: rows of indices as a PNG holds them before deflate, each behind its filter byte 0. */
export function packedRows(indices, width, height, bits) {
  const line = 1 + Math.ceil((width * bits) / 8);
  const rows = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * line + 1 + ((x * bits) >> 3)] |= indices[y * width + x] << (8 - bits - ((x * bits) & 7));
    }
  }
  return rows;
}

/** The file. palette: Uint8Array(3k), k <= 256; alpha: Uint8Array(k), or null where all is opaque. */
export async function indexedPng({ width, height, indices, palette, alpha = null }) {
  const bits = bitDepth(palette.length / 3);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bits, 3, 0, 0, 0], 8);
  const parts = [Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk('IHDR', header), chunk('PLTE', palette)];
  if (alpha !== null && alpha.some((value) => value < 255)) {
    let last = alpha.length;
    while (alpha[last - 1] === 255) last--; // what follows is opaque by itself
    parts.push(chunk('tRNS', alpha.subarray(0, last)));
  }
  parts.push(chunk('IDAT', await deflated(packedRows(indices, width, height, bits))), chunk('IEND', new Uint8Array(0)));
  const file = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
