// What is fewer than a vector: the end of an array, which is neither read nor written beyond.
#pragma once

#include <rectify/simd/bits.hpp>
#include <rectify/simd/storage.hpp>

namespace rectify::simd {

/// A load of as many ones as asked for, the rest zeros, takes fewer steps than n in all lanes.
template <class T, std::size_t width>
struct OnesAndZeros {
  constexpr OnesAndZeros() {
    for (std::size_t i = 0; i < width; ++i) lanes[i] = T(1);
  }
  alignas(2 * width * sizeof(T)) T lanes[2 * width] = {};
};

/// A mask of the first n lanes, of all at most.
template <class V>
auto first_lanes(std::size_t n) {
  using T = scalar_t<V>;
  using Arch = typename V::arch_type;
  if constexpr (registers_of<T, Arch>() == Registers::avx512) {
    return simd::from_bits<T, Arch>((std::uint64_t{1} << n) - 1);
  } else {
    static constexpr OnesAndZeros<T, V::size> all;
    return V(T(0)) < V::load_unaligned(all.lanes + V::size - n);
  }
}

/// The first n elements at p, at least one and fewer than a vector; the other lanes are zero.
template <class Arch, class S>
xsimd::batch<arithmetic_t<S>, Arch> load_part(const S* p, std::size_t n) {
  using V = xsimd::batch<arithmetic_t<S>, Arch>;
  [[maybe_unused]] constexpr Registers registers = registers_of<S, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<S, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single) {
      const __m128 zero = _mm_setzero_ps(), last = n & 1 ? _mm_load_ss(p + (n & 2)) : zero;
      return n & 2 ? _mm_movelh_ps(_mm_loadl_pi(zero, reinterpret_cast<const __m64*>(p)), last) : last;
    } else {
      return _mm_load_sd(p);
    }
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_maskload_ps(p, _mm256_castps_si256(simd::first_lanes<V>(n)));
    else
      return _mm256_maskload_pd(p, _mm256_castpd_si256(simd::first_lanes<V>(n)));
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_maskz_loadu_ps(simd::first_lanes<V>(n), p);
    else
      return _mm512_maskz_loadu_pd(simd::first_lanes<V>(n), p);
  }
#endif
  if constexpr (registers == Registers::other) {
    S buffer[V::size] = {};
    for (std::size_t i = 0; i < n; ++i) buffer[i] = p[i];
    return simd::load<Arch>(buffer);
  }
}

/// Stores that many.
template <class Arch, class S>
void store_part(S* p, std::size_t n, xsimd::batch<arithmetic_t<S>, Arch> v) {
  using V = xsimd::batch<arithmetic_t<S>, Arch>;
  [[maybe_unused]] constexpr Registers registers = registers_of<S, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<S, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single) {
      const __m128 all = v;
      if (n & 2) _mm_storel_pi(reinterpret_cast<__m64*>(p), all);
      if (n & 1) _mm_store_ss(p + (n & 2), n & 2 ? _mm_movehl_ps(all, all) : all);
    } else {
      _mm_store_sd(p, v);
    }
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      _mm256_maskstore_ps(p, _mm256_castps_si256(simd::first_lanes<V>(n)), v);
    else
      _mm256_maskstore_pd(p, _mm256_castpd_si256(simd::first_lanes<V>(n)), v);
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      _mm512_mask_storeu_ps(p, simd::first_lanes<V>(n), v);
    else
      _mm512_mask_storeu_pd(p, simd::first_lanes<V>(n), v);
  }
#endif
  if constexpr (registers == Registers::other) {
    S buffer[V::size];
    simd::store<Arch>(buffer, v);
    for (std::size_t i = 0; i < n; ++i) p[i] = buffer[i];
  }
}

}  // namespace rectify::simd
