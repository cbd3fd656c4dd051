// Comparison masks of four vectors as packed bits and back: lane i is bit i.
#pragma once

#include <array>
#include <cstdint>
#include <rectify/simd/batch.hpp>

namespace rectify::simd {

/// Where registers are short, four masks pack and unpack in fewer instructions than one after the other.
template <class T, class Arch>
using FourMasks = std::array<xsimd::batch_bool<T, Arch>, 4>;

template <class T, class Arch>
std::uint64_t to_bits(xsimd::batch_bool<T, Arch> mask) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return static_cast<unsigned>(_mm_movemask_ps(mask));
    else
      return static_cast<unsigned>(_mm_movemask_pd(mask));
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return static_cast<unsigned>(_mm256_movemask_ps(mask));
    else
      return static_cast<unsigned>(_mm256_movemask_pd(mask));
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512)
    return static_cast<typename xsimd::batch_bool<T, Arch>::register_type>(mask);
#endif
  if constexpr (registers == Registers::other) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < mask.size; ++i) bits |= std::uint64_t{mask.get(i)} << i;
    return bits;
  }
}

template <class T, class Arch>
[[gnu::always_inline]] inline std::uint64_t to_bits(const FourMasks<T, Arch>& mask) {
#ifdef __SSE2__
  if constexpr (registers_of<T, Arch>() == Registers::sse && std::is_same_v<T, float>) {
    const auto pack = [](__m128 a, __m128 b) {
      return _mm_packs_epi32(_mm_castps_si128(a), _mm_castps_si128(b));
    };
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_packs_epi16(pack(mask[0], mask[1]), pack(mask[2], mask[3]))));
  }
#endif
#ifdef __AVX2__
  if constexpr (registers_of<T, Arch>() == Registers::avx && std::is_same_v<T, float>) {
    const auto pack = [](__m256 a, __m256 b) {
      return _mm256_packs_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b));
    };
    // Packed by halves: four lanes of each mask, then the other four.
    const __m256i halves = _mm256_packs_epi16(pack(mask[0], mask[1]), pack(mask[2], mask[3]));
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    return static_cast<unsigned>(_mm256_movemask_epi8(_mm256_permutevar8x32_epi32(halves, order)));
  }
#endif
  const auto at = [&](std::size_t k) { return simd::to_bits(mask[k]) << k * mask[k].size; };
  return at(0) | at(1) | at(2) | at(3);
}

#ifdef __AVX2__
/// The bits from `first` on of a number that is in all lanes.
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch_bool<T, Arch> from_bits(__m256i all, int first) {
  constexpr bool single = std::is_same_v<T, float>;
  const __m256i lowest =
      single ? _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128) : _mm256_setr_epi32(1, 1, 2, 2, 4, 4, 8, 8);
  const __m256i lane = _mm256_slli_epi32(lowest, first);
  const __m256i hit = _mm256_cmpeq_epi32(_mm256_and_si256(all, lane), lane);
  if constexpr (single)
    return _mm256_castsi256_ps(hit);
  else
    return _mm256_castsi256_pd(hit);
}
#endif

/// The lowest bits of a word as a mask; higher bits are ignored.
template <class T, class Arch>
xsimd::batch_bool<T, Arch> from_bits(std::uint64_t bits) {
  using Mask = xsimd::batch_bool<T, Arch>;
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) return static_cast<typename Mask::register_type>(bits);
#endif
#ifdef __AVX2__
  if constexpr (registers == Registers::avx) {
    return simd::from_bits<T, Arch>(_mm256_set1_epi32(static_cast<int>(bits)), 0);
  } else
#endif
#ifdef __SSE2__
      if constexpr (registers == Registers::sse) {
    constexpr bool single = std::is_same_v<T, float>;
    const __m128i all = _mm_set1_epi32(static_cast<int>(bits));
    const __m128i lane = single ? _mm_setr_epi32(1, 2, 4, 8) : _mm_setr_epi32(1, 1, 2, 2);
    const __m128i hit = _mm_cmpeq_epi32(_mm_and_si128(all, lane), lane);
    if constexpr (single)
      return _mm_castsi128_ps(hit);
    else
      return _mm_castsi128_pd(hit);
  } else
#endif
  {
    bool lanes[Mask::size];
    for (std::size_t i = 0; i < Mask::size; ++i) lanes[i] = (bits >> i & 1) != 0;
    return Mask::load_unaligned(lanes);
  }
}

template <class T, class Arch>
[[gnu::always_inline]] inline FourMasks<T, Arch> four_from_bits(std::uint64_t bits) {
  constexpr std::size_t width = xsimd::batch_bool<T, Arch>::size;
#ifdef __SSE2__
  if constexpr (registers_of<T, Arch>() == Registers::sse && std::is_same_v<T, float>) {
    // 16 bits in each of 8 lanes, of which one half looks at the lower byte and one at the upper.
    const __m128i all = _mm_set1_epi16(static_cast<short>(bits));
    const __m128i low = _mm_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128), high = _mm_slli_epi16(low, 8);
    const __m128i first = _mm_cmpeq_epi16(_mm_and_si128(all, low), low);
    const __m128i second = _mm_cmpeq_epi16(_mm_and_si128(all, high), high);
    return {_mm_castsi128_ps(_mm_unpacklo_epi16(first, first)),
            _mm_castsi128_ps(_mm_unpackhi_epi16(first, first)),
            _mm_castsi128_ps(_mm_unpacklo_epi16(second, second)),
            _mm_castsi128_ps(_mm_unpackhi_epi16(second, second))};
  } else
#endif
#ifdef __AVX2__
      if constexpr (registers_of<T, Arch>() == Registers::avx) {
    const __m256i all = _mm256_set1_epi32(static_cast<int>(bits));
    constexpr int step = width;
    return {simd::from_bits<T, Arch>(all, 0), simd::from_bits<T, Arch>(all, step),
            simd::from_bits<T, Arch>(all, 2 * step), simd::from_bits<T, Arch>(all, 3 * step)};
  } else
#endif
  {
    return {simd::from_bits<T, Arch>(bits), simd::from_bits<T, Arch>(bits >> width),
            simd::from_bits<T, Arch>(bits >> 2 * width), simd::from_bits<T, Arch>(bits >> 3 * width)};
  }
}

}  // namespace rectify::simd
