// Transposition, by registers of 16 bytes, which every instruction set interleaves in one instruction.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <rectify/simd/batch.hpp>

namespace rectify::simd {

template <class S>
using unsigned_t = std::conditional_t<sizeof(S) == 2, std::uint16_t,
                                      std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>>;
template <class S>
using Row = xsimd::make_sized_batch_t<unsigned_t<S>, 16 / sizeof(S)>;
template <class S>
using Rows = Row<S>[16 / sizeof(S)];
/// The side of a square of elements that is transposed in registers, 1 where there are none.
template <class S>
constexpr std::ptrdiff_t square_side = std::is_void_v<Row<S>> ? 1 : 16 / sizeof(S);

/// to[k * to_step + i] = from[i * from_step + k] for i, k < square_side.
template <class S>
[[gnu::always_inline]] inline void transpose_square(const S* from, std::ptrdiff_t from_step, S* to,
                                                    std::ptrdiff_t to_step) {
  constexpr std::ptrdiff_t side = square_side<S>, half = side / 2;
  if constexpr (side == 1) {
    *to = *from;
  } else {
    Rows<S> rows;
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < side; ++i)
      std::memcpy(static_cast<void*>(&rows[i]), from + i * from_step, sizeof rows[i]);
#pragma GCC unroll 4
    for (std::ptrdiff_t rounds = half; rounds > 0; rounds /= 2) {
      Rows<S> next;  // a bit of a row's number moves into the lanes', and one of a lane's into the rows'
#pragma GCC unroll 4
      for (std::ptrdiff_t i = 0; i < half; ++i) {
        next[2 * i] = xsimd::zip_lo(rows[i], rows[i + half]);
        next[2 * i + 1] = xsimd::zip_hi(rows[i], rows[i + half]);
      }
#pragma GCC unroll 8
      for (std::ptrdiff_t i = 0; i < side; ++i) rows[i] = next[i];
    }
#pragma GCC unroll 8
    for (std::ptrdiff_t k = 0; k < side; ++k)
      std::memcpy(static_cast<void*>(to + k * to_step), &rows[k], sizeof rows[k]);
  }
}

/// to[k * to_step + i] = from[i * from_step + k] for i < n, k < m. The rows that are farther apart are read
/// or written one after the other, so that their cache lines need not stay.
template <class Arch, class S>
void transpose(std::ptrdiff_t n, std::ptrdiff_t m, const S* from, std::ptrdiff_t from_step, S* to,
               std::ptrdiff_t to_step) {
  constexpr std::ptrdiff_t side = square_side<S>;
  const std::ptrdiff_t whole_n = n / side * side, whole_m = m / side * side;
  const auto square = [=](std::ptrdiff_t i, std::ptrdiff_t k) __attribute__((always_inline)) {
    transpose_square(from + i * from_step + k, from_step, to + k * to_step + i, to_step);
  };
  if (std::abs(from_step) > std::abs(to_step)) {
    for (std::ptrdiff_t i = 0; i < whole_n; i += side)
      for (std::ptrdiff_t k = 0; k < whole_m; k += side) square(i, k);
  } else {
    for (std::ptrdiff_t k = 0; k < whole_m; k += side)
      for (std::ptrdiff_t i = 0; i < whole_n; i += side) square(i, k);
  }
  for (std::ptrdiff_t i = 0; i < n; ++i)
    for (std::ptrdiff_t k = i < whole_n ? whole_m : 0; k < m; ++k)
      to[k * to_step + i] = from[i * from_step + k];
}

}  // namespace rectify::simd
