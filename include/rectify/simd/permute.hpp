// Lanes of a vector in an order known at run time.
#pragma once

#include <rectify/simd/arithmetic.hpp>

namespace rectify::simd {

/// Whether permute() is an instruction.
template <class T, class Arch>
constexpr bool has_permute() {
#ifdef __AVX512F__
  if (registers_of<T, Arch>() == Registers::avx512) return true;
#endif
#ifdef __AVX2__
  if (registers_of<T, Arch>() == Registers::avx) return true;
#endif
  return false;
}

/// What stands for the nth lane in the second argument of permute().
template <class T, class Arch>
T lane_code(std::size_t n) {
  auto code = static_cast<integer_t<T>>(n);
#ifdef __AVX2__
  // Doubles are moved as pairs of floats.
  if constexpr (registers_of<T, Arch>() == Registers::avx && sizeof(T) == 8)
    code = 2 * code | (2 * code + 1) << 32;
#endif
  return bits_as<T>(code);
}

/// Lane by lane the one of v that the code at the same place names.
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> permute(xsimd::batch<T, Arch> v,
                                                            xsimd::batch<T, Arch> codes) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __AVX512F__
  if constexpr (registers == Registers::avx512) {
    if constexpr (single)
      return _mm512_permutexvar_ps(_mm512_castps_si512(codes), v);
    else
      return _mm512_permutexvar_pd(_mm512_castpd_si512(codes), v);
  }
#endif
#ifdef __AVX2__
  if constexpr (registers == Registers::avx) {
    if constexpr (single)
      return _mm256_permutevar8x32_ps(v, _mm256_castps_si256(codes));
    else
      return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), _mm256_castpd_si256(codes)));
  }
#endif
  if constexpr (!has_permute<T, Arch>()) {
    constexpr std::size_t width = xsimd::batch<T, Arch>::size;
    T from[width], to[width];
    integer_t<T> code[width];
    v.store_unaligned(from);
    std::memcpy(code, &codes, sizeof(code));
    for (std::size_t i = 0; i < width; ++i) to[i] = from[code[i]];
    return xsimd::batch<T, Arch>::load_unaligned(to);
  }
}

}  // namespace rectify::simd
