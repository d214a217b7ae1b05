/* The bit instruction that C itself has no name for. */
#ifndef PIXMEANS_BITS_H
#define PIXMEANS_BITS_H
#include <stdint.h>
#if defined(_MSC_VER)
#include <intrin.h>
static inline int lowest_bit(uint64_t word) { unsigned long at; _BitScanForward64(&at, word); return (int)at; }
#else
static inline int lowest_bit(uint64_t word) { return __builtin_ctzll(word); }
#endif
#endif
