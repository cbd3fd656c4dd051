// The loops that write and read a rectifier's sign bits, 64 elements to a word.
#pragma once

#include <rectify/simd/bits.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/stream.hpp>

namespace rectify::kernels {

/// y[i] = f(x[i]); bit i of words is x[i] > 0. y may be x, but for streaming, which needs y aligned to
/// vectors.
template <class Arch, bool streaming = false, class F, class S>
void map_to_mask(F f, std::size_t n, const S* x, S* y, std::uint64_t* words) {
  using V = xsimd::batch<simd::arithmetic_t<S>, Arch>;
  constexpr std::size_t width = V::size;
  const auto step = [&](V v, std::uint64_t& word, std::size_t bit) {
    word |= simd::to_bits(simd::not_positive(v)) << bit;
    return V(f(v));
  };
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    std::uint64_t word = 0;
    for (std::size_t j = 0; j < 64; j += 4 * width) {
      simd::FourMasks<simd::scalar_t<V>, Arch> masks;
      for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t at = i + j + k * width;
        const V v = simd::load<Arch>(x + at);
        masks[k] = simd::not_positive(v);
        simd::Store<Arch, streaming>::whole(y + at, V(f(v)));
      }
      word |= simd::to_bits(masks) << j;
    }
    words[i / 64] = ~word;
  }
  simd::Store<Arch, streaming>::fence();
  if (i == n) return;
  std::uint64_t word = 0;
  std::size_t j = 0;
  for (; i + j + width <= n; j += width)
    simd::store<Arch>(y + i + j, step(simd::load<Arch>(x + i + j), word, j));
  if (i + j < n) {
    const std::size_t rest = n - i - j;
    simd::store_part<Arch>(y + i + j, rest, step(simd::load_part<Arch>(x + i + j, rest), word, j));
  }
  words[i / 64] = ~word & ((std::uint64_t{1} << (n - i)) - 1);
}

/// dx[i] = gate(not bit i, dy[i]). dx may be dy, but for streaming, which needs dx aligned to vectors.
template <class Arch, bool streaming = false, class Gate, class S>
void map_from_mask(Gate gate, std::size_t n, const std::uint64_t* words, const S* dy, S* dx) {
  using T = simd::arithmetic_t<S>;
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const auto step = [&](std::uint64_t word, std::size_t bit, V v) {
    return V(gate(simd::from_bits<T, Arch>(word >> bit), v));
  };
  std::size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const std::uint64_t word = ~words[i / 64];
    for (std::size_t j = 0; j < 64; j += 4 * width) {
      const auto masks = simd::four_from_bits<T, Arch>(word >> j);
      for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t at = i + j + k * width;
        simd::Store<Arch, streaming>::whole(dx + at, V(gate(masks[k], simd::load<Arch>(dy + at))));
      }
    }
  }
  simd::Store<Arch, streaming>::fence();
  if (i == n) return;
  const std::uint64_t word = ~words[i / 64];
  std::size_t j = 0;
  for (; i + j + width <= n; j += width)
    simd::store<Arch>(dx + i + j, step(word, j, simd::load<Arch>(dy + i + j)));
  if (i + j < n) {
    const std::size_t rest = n - i - j;
    simd::store_part<Arch>(dx + i + j, rest, step(word, j, simd::load_part<Arch>(dy + i + j, rest)));
  }
}

}  // namespace rectify::kernels
