// SplitMix64, as rng.py has it: same seed, same numbers, in the page and in Python.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.

const GAMMA = 0x9e3779b97f4a7c15n; // 2**64 divided by the golden ratio, made odd

const wrapped = (value) => BigInt.asUintN(64, value);

/** A stream of whole numbers that depends on nothing but the seed (a whole number, or a BigInt). */
export class SplitMix64 {
  constructor(seed) {
    this.state = wrapped(BigInt(seed));
  }

  /** The next number, a BigInt from 0 to 2**64 - 1. */
  next() {
    this.state = wrapped(this.state + GAMMA);
    let z = this.state;
    z = wrapped((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrapped((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }

  /** A whole number from 0 to bound - 1, all equally likely (Lemire's multiplication with rejection, 2019). */
  below(bound) {
    const wide = BigInt(bound);
    const threshold = ((1n << 64n) - wide) % wide;
    for (;;) {
      const product = this.next() * wide;
      if (wrapped(product) >= threshold) return Number(product >> 64n);
    }
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform() {
    return Number(this.next() >> 11n) * 2 ** -53;
  }
}
