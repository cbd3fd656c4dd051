// Sums of vectors in at least double precision.
#pragma once

#include <algorithm>
#include <array>
#include <rectify/simd/batch.hpp>

namespace rectify::simd {

/// Two vectors of doubles that together hold the lanes of one vector of floats; a vector of doubles is its
/// own.
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
    if constexpr (registers == Registers::sse) return {_mm_cvtps_pd(v), _mm_cvtps_pd(_mm_movehl_ps(v, v))};
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

/// The sum of both vectors of a pair.
template <class T, class Arch>
xsimd::batch<double, Arch> fold(const Wide<T, Arch>& v) {
  if constexpr (sizeof(T) < sizeof(double))
    return v[0] + v[1];
  else
    return v[0];
}
/// The same of a vector of floats, whose halves are added before they become doubles.
template <class T, class Arch>
xsimd::batch<double, Arch> fold(xsimd::batch<T, Arch> v) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
#ifdef __AVX512F__
  if constexpr (std::is_same_v<T, float> && registers == Registers::avx512) {
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
    return _mm512_cvtps_pd(_mm256_add_ps(_mm512_castps512_ps256(v), high));
  }
#endif
#ifdef __AVX__
  if constexpr (std::is_same_v<T, float> && registers == Registers::avx)
    return _mm256_cvtps_pd(_mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1)));
#endif
#ifdef __SSE2__
  if constexpr (std::is_same_v<T, float> && registers == Registers::sse)
    return _mm_cvtps_pd(_mm_add_ps(v, _mm_movehl_ps(v, v)));
#endif
  return simd::fold<T, Arch>(simd::widen(v));
}

template <class T, class Arch>
Wide<T, Arch> wide_zero() {
  Wide<T, Arch> zero;
  zero.fill(xsimd::batch<double, Arch>(0.0));
  return zero;
}

template <class T, class Arch>
void add(Wide<T, Arch>& sum, Wide<T, Arch> v) {
  for (std::size_t i = 0; i < v.size(); ++i) sum[i] += v[i];
}

template <class T, class Arch>
Wide<T, Arch> load_wide(const double* from) {
  using Double = xsimd::batch<double, Arch>;
  Wide<T, Arch> wide;
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = Double::load_unaligned(from + i * Double::size);
  return wide;
}

template <class T, class Arch>
void store_wide(double* to, const Wide<T, Arch>& wide) {
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i].store_unaligned(to + i * wide[i].size);
}

/// The sum of all lanes, by halves.
template <class Arch>
double sum(xsimd::batch<double, Arch> v) {
  [[maybe_unused]] constexpr Registers registers = registers_of<double, Arch>();
#ifdef __SSE2__
  const auto of_two = [](__m128d pair) {
    return _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)));
  };
  if constexpr (registers == Registers::sse) return of_two(v);
#endif
#ifdef __AVX__
  const auto of_four = [&](__m256d all) {
    return of_two(_mm_add_pd(_mm256_castpd256_pd128(all), _mm256_extractf128_pd(all, 1)));
  };
  if constexpr (registers == Registers::avx) return of_four(v);
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512)
    return of_four(_mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1)));
#endif
  if constexpr (registers == Registers::other) {
    double lanes[xsimd::batch<double, Arch>::size];
    v.store_unaligned(lanes);
    for (std::size_t half = v.size / 2; half > 0; half /= 2)
      for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    return lanes[0];
  }
}

}  // namespace rectify::simd
