// Sums of vectors in at least double precision.
#pragma once

#include <algorithm>
#include <array>
#include <rectify/simd/batch.hpp>

namespace rectify::simd {

/// Two vectors of doubles that together hold the lanes of one vector of floats; a vector of doubles is its own.
template <class T, class Arch>
using Wide = std::array<xsimd::batch<double, Arch>, sizeof(double) / sizeof(T)>;

template <class T, class Arch>
Wide<T, Arch> widen(xsimd::batch<T, Arch> v) {
  if constexpr (std::is_same_v<T, double>) return {v};
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  if constexpr (std::is_same_v<T, float>) {
#ifdef __AVX512F__
    if constexpr (registers == Registers::avx512) {
      const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
      return {_mm512_cvtps_pd(_mm512_castps512_ps256(v)), _mm512_cvtps_pd(high)};
    }
#endif
#ifdef __AVX__
    if constexpr (registers == Registers::avx)
      return {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
#endif
#ifdef __SSE2__
    if constexpr (registers == Registers::sse)
      return {_mm_cvtps_pd(v), _mm_cvtps_pd(_mm_movehl_ps(v, v))};
#endif
    if constexpr (registers == Registers::other) {
      using Double = xsimd::batch<double, Arch>;
      float narrow[xsimd::batch<float, Arch>::size];
      double wide[xsimd::batch<float, Arch>::size];
      v.store_unaligned(narrow);
      std::copy(narrow, narrow + v.size, wide);
      return {Double::load_unaligned(wide), Double::load_unaligned(wide + Double::size)};
    }
  }
}

template <class T, class Arch>
void add(Wide<T, Arch>& sum, Wide<T, Arch> v) {
  for (std::size_t i = 0; i < v.size(); ++i) sum[i] += v[i];
}

/// The sum of all lanes, by halves, in double precision.
template <class T, class Arch>
double sum(Wide<T, Arch> v) {
  xsimd::batch<double, Arch> all = v[0];
  if constexpr (sizeof(T) < sizeof(double)) all += v[1];
  double lanes[xsimd::batch<double, Arch>::size];
  all.store_unaligned(lanes);
  for (std::size_t half = all.size / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
}

}  // namespace rectify::simd
