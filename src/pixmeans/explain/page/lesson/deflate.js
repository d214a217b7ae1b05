// What each byte behind deflate came from: written out, or copied from before (RFC 1951).

const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** From lengths of codes to the function that reads one. */
function decoder(lengths, bit) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const symbols = [...lengths.keys()].filter((symbol) => lengths[symbol]).sort((a, b) => lengths[a] - lengths[b] || a - b);
  return () => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length++) {
      code |= bit();
      if (code - counts[length] < first) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new Error('this is no deflate stream');
  };
}

/**
 * Uint8Array: for each byte that a zlib stream stands for, 0 where it is written out and 1 where it is copied.
 * size: how many bytes that are.
 */
export function copies(zlib, size) {
  const kinds = new Uint8Array(size);
  let at = 16; // bits; two bytes of zlib's header
  let out = 0;
  const bit = () => {
    const value = (zlib[at >> 3] >> (at & 7)) & 1;
    at++;
    return value;
  };
  const bits = (count) => {
    let value = 0;
    for (let place = 0; place < count; place++) value |= bit() << place;
    return value;
  };
  const block = (literal, distance) => {
    for (;;) {
      const symbol = literal();
      if (symbol === 256) return;
      if (symbol < 256) {
        out++;
        continue;
      }
      const length = LENGTHS[symbol - 257] + bits(LENGTH_BITS[symbol - 257]);
      const far = distance();
      bits(far < 4 ? 0 : (far >> 1) - 1);
      kinds.fill(1, out, out + length);
      out += length;
    }
  };
  for (let last = 0; !last; ) {
    last = bit();
    const kind = bits(2);
    if (kind === 0) {
      at = (at + 7) & ~7;
      const length = bits(16);
      at += 16 + 8 * length;
      out += length;
    } else if (kind === 1) {
      const lengths = Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
      block(decoder(lengths, bit), decoder(new Uint8Array(30).fill(5), bit));
    } else {
      const [literals, distances, codes] = [257 + bits(5), 1 + bits(5), 4 + bits(4)];
      const short = new Uint8Array(19);
      for (let place = 0; place < codes; place++) short[ORDER[place]] = bits(3);
      const next = decoder(short, bit);
      const lengths = new Uint8Array(literals + distances);
      for (let place = 0; place < lengths.length; ) {
        const symbol = next();
        if (symbol < 16) lengths[place++] = symbol;
        else if (symbol === 16) {
          for (let left = 3 + bits(2); left; left--, place++) lengths[place] = lengths[place - 1];
        } else place += symbol === 17 ? 3 + bits(3) : 11 + bits(7);
      }
      block(decoder(lengths.subarray(0, literals), bit), decoder(lengths.subarray(literals), bit));
    }
  }
  return kinds;
}
