// Functions of one argument in segments, a polynomial for each, where lookups in registers are cheap.
#pragma once

#include <iterator>
#include <rectify/simd/lookup.hpp>
#include <rectify/simd/twofold.hpp>

namespace rectify::simd {

/// A table's rows are segments of z >= 0, by the exponent and the first three bits of the mantissa of z +
/// shift, 1/2 <= shift < 2: a center, at which the function is nearly a float, and the coefficients of a
/// polynomial around it, so that the error is little more than the rounding of the last sum. Coefficients:
/// tests/coefficients.py.
template <class Table>
struct SegmentColumns {
  static constexpr std::size_t count = std::size(Table::rows[0]);
  alignas(64) float of[count][32];

  constexpr SegmentColumns() : of() {
    // What these bits of shift are, modulo 32.
    constexpr float shift = Table::shift;
    auto number = static_cast<std::size_t>(shift < 1 ? 16 * shift + 8 : 8 * shift + 16);
    for (const auto& row : Table::rows) {
      for (std::size_t k = 0; k < count; ++k) of[k][number] = row[k];
      number = (number + 1) % 32;
    }
  }
};

/// Whether it is cheaper than an exponential or a rational function.
template <class V>
constexpr bool has_segments = (has_lookup && std::is_same_v<scalar_t<V>, float>);

/// The function of a table at z >= 0, as far as its segments reach.
template <class Table, class V>
[[gnu::always_inline]] inline V by_segments(V z) {
  static constexpr SegmentColumns<Table> columns;
  const V place = z + V(Table::shift);
  const auto column = [&](std::size_t k) __attribute__((always_inline)) {
    return simd::lookup<mantissa_bits<float> - 3>(columns.of[k], place);
  };
  const V t = z - column(0);
  V sum = column(columns.count - 1);
#pragma GCC unroll 8
  for (std::size_t k = columns.count - 2; k > 0; --k) sum = simd::fma(sum, t, column(k));
  return sum;
}

}  // namespace rectify::simd
