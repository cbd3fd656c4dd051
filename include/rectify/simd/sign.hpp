// Branch-free steps on the sign of a value: what every rectifier is made of.
#pragma once

#include <rectify/simd/batch.hpp>

namespace rectify::simd {

/// a > b ? a : b, which is b where either is NaN and where both are zeros.
/// Not xsimd::max, whose choice in those two cases changed between its versions.
template <class T>
T larger(T a, T b) {
  return a > b ? a : b;
}
template <class T, class Arch>
xsimd::batch<T, Arch> larger(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_max_ps(a, b);
    else
      return _mm_max_pd(a, b);
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_max_ps(a, b);
    else
      return _mm256_max_pd(a, b);
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_max_ps(a, b);
    else
      return _mm512_max_pd(a, b);
  }
#endif
  if constexpr (registers == Registers::other) return xsimd::select(a > b, a, b);
}

/// a < b ? a : b, which is b where either is NaN and where both are zeros.
template <class T>
T smaller(T a, T b) {
  return a < b ? a : b;
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> smaller(xsimd::batch<T, Arch> a,
                                                            xsimd::batch<T, Arch> b) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_min_ps(a, b);
    else
      return _mm_min_pd(a, b);
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_min_ps(a, b);
    else
      return _mm256_min_pd(a, b);
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_min_ps(a, b);
    else
      return _mm512_min_pd(a, b);
  }
#endif
  if constexpr (registers == Registers::other) return xsimd::select(a < b, a, b);
}

/// not (x > 0): true for NaN. The complement is what masked arithmetic needs, and it is one comparison.
template <class T>
bool not_positive(T x) {
  return !(x > T(0));
}
template <class T, class Arch>
xsimd::batch_bool<T, Arch> not_positive(xsimd::batch<T, Arch> x) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_cmpnlt_ps(_mm_setzero_ps(), x);
    else
      return _mm_cmpnlt_pd(_mm_setzero_pd(), x);
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_cmp_ps(_mm256_setzero_ps(), x, _CMP_NLT_UQ);
    else
      return _mm256_cmp_pd(_mm256_setzero_pd(), x, _CMP_NLT_UQ);
  }
#endif
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_cmp_ps_mask(_mm512_setzero_ps(), x, _CMP_NLT_UQ);
    else
      return _mm512_cmp_pd_mask(_mm512_setzero_pd(), x, _CMP_NLT_UQ);
  }
#endif
  if constexpr (registers == Registers::other) return !(x > xsimd::batch<T, Arch>(T(0)));
}

/// The bits of a vector mask as a batch; only for registers with vector masks.
template <class T, class Arch>
xsimd::batch<T, Arch> mask_bits(xsimd::batch_bool<T, Arch> mask) {
  return static_cast<typename xsimd::batch_bool<T, Arch>::register_type>(mask);
}

template <class T, class Arch>
constexpr bool has_vector_mask = registers_of<T, Arch>() == Registers::sse
                                 || registers_of<T, Arch>() == Registers::avx;

/// mask ? v : +0
template <class T>
T keep_if(bool mask, T v) {
  return mask ? v : T(0);
}
template <class T, class Arch>
xsimd::batch<T, Arch> keep_if(xsimd::batch_bool<T, Arch> mask, xsimd::batch<T, Arch> v) {
  if constexpr (has_vector_mask<T, Arch>)
    return mask_bits(mask) & v;
  else
    return xsimd::select(mask, v, xsimd::batch<T, Arch>(T(0)));
}

/// mask ? +0 : v
template <class T>
T zero_if(bool mask, T v) {
  return mask ? T(0) : v;
}
template <class T, class Arch>
xsimd::batch<T, Arch> zero_if(xsimd::batch_bool<T, Arch> mask, xsimd::batch<T, Arch> v) {
  // Not xsimd::bitwise_andnot: its operands changed places between versions.
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __SSE2__
  if constexpr (registers == Registers::sse) {
    if constexpr (single)
      return _mm_andnot_ps(mask, v);
    else
      return _mm_andnot_pd(mask, v);
  }
#endif
#ifdef __AVX__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_andnot_ps(mask, v);
    else
      return _mm256_andnot_pd(mask, v);
  }
#endif
  if constexpr (!has_vector_mask<T, Arch>) return xsimd::select(mask, xsimd::batch<T, Arch>(T(0)), v);
}

/// mask ? scale * v : v. Without an instruction that blends, the factor, 1 or scale, is formed by two bit
/// operations, and 1 * v is exact.
template <class T>
T scale_if(bool mask, T v, T scale) {
  return mask ? scale * v : v;
}
template <class T, class Arch>
xsimd::batch<T, Arch> scale_if(xsimd::batch_bool<T, Arch> mask, xsimd::batch<T, Arch> v,
                               xsimd::batch<T, Arch> scale) {
  using Batch = xsimd::batch<T, Arch>;
#ifdef __AVX512F__
  if constexpr (registers_of<T, Arch>() == Registers::avx512) {
    if constexpr (std::is_same_v<T, float>)
      return _mm512_mask_mul_ps(v, mask, v, scale);
    else
      return _mm512_mask_mul_pd(v, mask, v, scale);
  }
#endif
  if constexpr (registers_of<T, Arch>() == Registers::sse) {
    const Batch one(T(1));
    typename Batch::register_type bits = mask;
#if defined(__clang__) && defined(__SSE2__)
    bits = simd::opaque(bits);  // or clang makes a blend of it, of two instructions more
#endif
    return v * (one ^ (Batch(bits) & (one ^ scale)));
  } else {
    return xsimd::select(mask, scale * v, v);
  }
}

}  // namespace rectify::simd
