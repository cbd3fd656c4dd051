// Tables in registers: an entry for each lane, in an instruction.
#pragma once

#include <rectify/simd/arithmetic.hpp>

namespace rectify::simd {

/// In how many floats lookup() is an instruction.
#if defined(__AVX512F__)
constexpr std::size_t floats_to_look_up = 32;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr std::size_t floats_to_look_up = 8;
#else
constexpr std::size_t floats_to_look_up = 0;
#endif
/// Whether it is one in 16 numbers of either type.
constexpr bool has_lookup = floats_to_look_up == 32;

/// The entry that a lane's bits number, from bit `first` on as many as there are entries. Tables are aligned
/// to 64 bytes.
template <int first = 0, class T, std::size_t entries>
T lookup(const T (&table)[entries], T index) {
  return table[static_cast<std::make_unsigned_t<integer_t<T>>>(bits_as<integer_t<T>>(index)) >> first &
               (entries - 1)];
}
template <int first = 0, class T, std::size_t entries, class Arch>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> lookup(const T (&table)[entries],
                                                           xsimd::batch<T, Arch> index) {
  [[maybe_unused]] constexpr Registers registers = registers_of<T, Arch>();
  [[maybe_unused]] constexpr bool single = std::is_same_v<T, float>;
#ifdef __AVX512F__
  static_assert(entries == 16 || (single && entries == 32));
  if constexpr (single) {
    const auto all = [&](__m512 lanes) {
      const __m512i i = _mm512_srli_epi32(_mm512_castps_si512(lanes), first);
      if constexpr (entries == 16)
        return _mm512_permutexvar_ps(i, _mm512_load_ps(table));
      else
        return _mm512_permutex2var_ps(_mm512_load_ps(table), i, _mm512_load_ps(table + 16));
    };
    if constexpr (registers == Registers::sse)
      return _mm512_castps512_ps128(all(_mm512_castps128_ps512(index)));
    if constexpr (registers == Registers::avx)
      return _mm512_castps512_ps256(all(_mm512_castps256_ps512(index)));
    if constexpr (registers == Registers::avx512) return all(index);
  } else {
    const auto all = [&](__m512d lanes) {
      const __m512i i = _mm512_srli_epi64(_mm512_castpd_si512(lanes), first);
      return _mm512_permutex2var_pd(_mm512_load_pd(table), i, _mm512_load_pd(table + 8));
    };
    if constexpr (registers == Registers::sse)
      return _mm512_castpd512_pd128(all(_mm512_castpd128_pd512(index)));
    if constexpr (registers == Registers::avx)
      return _mm512_castpd512_pd256(all(_mm512_castpd256_pd512(index)));
    if constexpr (registers == Registers::avx512) return all(index);
  }
  constexpr bool done = registers != Registers::other;
#elif defined(__AVX2__)
  constexpr bool done = registers != Registers::other && single && entries == 8;
  if constexpr (done) {
    const auto all = [&](__m256 lanes) {
      return _mm256_permutevar8x32_ps(_mm256_load_ps(table),
                                      _mm256_srli_epi32(_mm256_castps_si256(lanes), first));
    };
    if constexpr (registers == Registers::sse)
      return _mm256_castps256_ps128(all(_mm256_castps128_ps256(index)));
    else
      return all(index);
  }
#else
  constexpr bool done = false;
#endif
  if constexpr (!done) {
    T lanes[xsimd::batch<T, Arch>::size];
    index.store_unaligned(lanes);
    for (T& lane : lanes) lane = simd::lookup<first>(table, lane);
    return xsimd::batch<T, Arch>::load_unaligned(lanes);
  }
}

}  // namespace rectify::simd
