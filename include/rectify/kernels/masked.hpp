// The loops that write and read a rectifier's sign bits, 64 elements to a word.
#pragma once

#include <rectify/kernels/map.hpp>
#include <rectify/simd/bits.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify::kernels {

/// What is left of 64 bits when `taken` < 64 have gone to the end of a word.
inline std::uint64_t carried(std::uint64_t bits, std::size_t taken) { return bits >> 1 >> (63 - taken); }

/// y[i] = f(x[i]); bit i of words is x[i] > 0. y may be x, but for streaming.
///
/// The 64 elements of a step may begin `head` elements after those of a word.
template <class Arch, bool streaming = false, class F, class S>
void map_to_mask(F f, std::size_t n, const S* x, S* y, std::uint64_t* words) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  constexpr std::size_t width = V::size;
  const bool ask = streaming && simd::leave_cache<S>(n);
  const auto whole = [&](std::size_t i) __attribute__((always_inline)) {
    std::uint64_t bits = 0;
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 64; j += 4 * width) {
      simd::FourMasks<simd::scalar_t<V>, Arch> masks;
      store_each<Arch, streaming, 4>(
          ask,
          [&](std::size_t k, V v) __attribute__((always_inline)) {
            masks[k] = simd::not_positive(v);
            return f(v);
          },
          y + i + j, x + i + j);
      bits |= simd::to_bits(masks) << j;
    }
    return ~bits;
  };
  const auto part = [&](std::size_t i, std::size_t count) {
    std::uint64_t bits = 0;
    const auto value = [&](V v, std::size_t j) {
      bits |= simd::to_bits(simd::not_positive(v)) << j;
      return V(f(v));
    };
    std::size_t j = 0;
    for (; j + width <= count; j += width)
      simd::store<Arch>(y + i + j, value(simd::load<Arch>(x + i + j), j));
    if (j < count)
      simd::store_part<Arch>(y + i + j, count - j, value(simd::load_part<Arch>(x + i + j, count - j), j));
    return ~bits & ((std::uint64_t{1} << count) - 1);
  };
  const std::size_t head = unaligned_head<V, streaming>(y, n);
  std::uint64_t word = head > 0 ? part(0, head) : 0;
  std::size_t i = head;
  for (; i + 64 <= n; i += 64) {
    const std::uint64_t bits = whole(i);
    *words++ = word | bits << head;
    word = carried(bits, head);
  }
  simd::Store<Arch, streaming>::fence();
  const std::size_t rest = n - i;
  if (head + rest == 0) return;
  const std::uint64_t bits = rest > 0 ? part(i, rest) : 0;
  *words = word | bits << head;
  if (head + rest > 64) words[1] = carried(bits, head);
}

/// dx[i] = gate(not bit i, dy[i]). dx may be dy, but for streaming.
template <class Arch, bool streaming = false, class Gate, class S>
void map_from_mask(Gate gate, std::size_t n, const std::uint64_t* words, const S* dy, S* dx) {
  using T = simd::arithmetic_t<S>;
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const auto part = [&](std::size_t i, std::size_t count, std::uint64_t word) {
    const auto value = [&](V v, std::size_t j) { return V(gate(simd::from_bits<T, Arch>(~word >> j), v)); };
    std::size_t j = 0;
    for (; j + width <= count; j += width)
      simd::store<Arch>(dx + i + j, value(simd::load<Arch>(dy + i + j), j));
    if (j < count)
      simd::store_part<Arch>(dx + i + j, count - j, value(simd::load_part<Arch>(dy + i + j, count - j), j));
  };
  const std::size_t head = unaligned_head<V, streaming>(dx, n);
  if (head > 0) part(0, head, *words);
  // The bits of elements from word + head on; those of the next word are there where they are asked for.
  const auto bits = [head](const std::uint64_t* word, bool next) {
    return *word >> head | (next ? word[1] << 1 << (63 - head) : 0);
  };
  const bool ask = streaming && simd::leave_cache<S>(n);
  std::size_t i = head;
  for (; i + 64 <= n; i += 64) {
    const std::uint64_t word = ~bits(words++, head > 0);
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 64; j += 4 * width) {
      const auto masks = simd::four_from_bits<T, Arch>(word >> j);
      store_each<Arch, streaming, 4>(
          ask, [&](std::size_t k, V v) __attribute__((always_inline)) { return gate(masks[k], v); },
          dx + i + j, dy + i + j);
    }
  }
  simd::Store<Arch, streaming>::fence();
  if (i < n) part(i, n - i, bits(words, head + (n - i) > 64));
}

}  // namespace rectify::kernels
