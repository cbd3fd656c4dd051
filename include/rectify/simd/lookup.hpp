// Tables in registers: an entry for each lane, in an instruction.
#pragma once

#include <rectify/simd/arithmetic.hpp>

namespace rectify::simd {

/// Whether lookup() is worth it.
#ifdef __AVX512F__
constexpr bool has_lookup = true;
#else
constexpr bool has_lookup = false;
#endif

/// The entry that the lowest four of a lane's bits number. Tables are aligned to 64 bytes.
template <class T>
T lookup(const T (&table)[16], T index) {
  return table[bits_as<integer_t<T>>(index) % 16];
}
template <class T, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> lookup(const T (&table)[16],
                                                           xsimd::batch<T, Arch> index) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
#ifdef __AVX512F__
  if constexpr (std::is_same_v<T, float>) {
    const auto all = [&](__m512 i) {
      return _mm512_permutexvar_ps(_mm512_castps_si512(i), _mm512_load_ps(table));
    };
    if constexpr (registers == Registers::sse)
      return _mm512_castps512_ps128(all(_mm512_castps128_ps512(index)));
    if constexpr (registers == Registers::avx)
      return _mm512_castps512_ps256(all(_mm512_castps256_ps512(index)));
    if constexpr (registers == Registers::avx512) return all(index);
  } else {
    const auto all = [&](__m512d i) {
      return _mm512_permutex2var_pd(_mm512_load_pd(table), _mm512_castpd_si512(i), _mm512_load_pd(table + 8));
    };
    if constexpr (registers == Registers::sse)
      return _mm512_castpd512_pd128(all(_mm512_castpd128_pd512(index)));
    if constexpr (registers == Registers::avx)
      return _mm512_castpd512_pd256(all(_mm512_castpd256_pd512(index)));
    if constexpr (registers == Registers::avx512) return all(index);
  }
  constexpr bool done = registers != Registers::other;
#else
  constexpr bool done = false;
#endif
  if constexpr (!done) {
    T lanes[xsimd::batch<T, Arch>::size];
    index.store_unaligned(lanes);
    for (T& lane : lanes) lane = simd::lookup(table, lane);
    return xsimd::batch<T, Arch>::load_unaligned(lanes);
  }
}

}  // namespace rectify::simd
