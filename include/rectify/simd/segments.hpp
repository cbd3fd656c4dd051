// Functions of one argument in segments, a polynomial for each, where lookups in registers are cheap.
#pragma once

#include <iterator>
#include <rectify/simd/lookup.hpp>

namespace rectify::simd {

/// Segments of z >= 0 by two bits of the exponent of scale z + shift, 1/2 <= shift < 2, and the first bits of
/// its mantissa: wider the farther.
template <int bits>
struct WideningSegments {
  float scale, shift;
  static constexpr std::size_t count = std::size_t{4} << bits;
  static constexpr int first_bit = mantissa_bits<float> - bits;

  template <class V>
  [[gnu::always_inline]] V place(V z) const {
    return scale == 1 ? z + V(shift) : simd::fma(z, V(scale), V(shift));  // gcc does multiply by 1
  }
  /// The bits of place(0).
  constexpr std::size_t first() const {
    return static_cast<std::size_t>((shift < 1 ? 2 * shift + 1 : shift + 2) * (1 << bits));
  }
};

/// Segments of z >= 0 around the integers that linear z + quadratic z^2 takes: narrower the farther.
template <std::size_t count_>
struct NarrowingSegments {
  float linear, quadratic;
  static constexpr std::size_t count = count_;
  static constexpr int first_bit = 0;

  template <class V>
  [[gnu::always_inline]] V place(V z) const {
    return simd::fma(z, simd::fma(z, V(quadratic), V(linear)), V(0x1p23f));
  }
  static constexpr std::size_t first() { return 0; }
};

/// A table's rows are for its segments: a center, at which the function and its slope are nearly floats, and
/// the coefficients of a polynomial around it. Coefficients: tests/coefficients.py.
template <class Table>
struct SegmentColumns {
  static constexpr std::size_t count = std::size(Table::rows[0]), segments = Table::segments.count;
  alignas(64) float of[count][segments];

  constexpr SegmentColumns() : of() {
    std::size_t number = Table::segments.first();
    for (const auto& row : Table::rows) {
      for (std::size_t k = 0; k < count; ++k) of[k][number % segments] = row[k];
      ++number;
    }
  }
};

/// Of two tables of a function the one for which there is an instruction. Of 32 segments it takes a load
/// more for each coefficient than of 16, which is worth it where those take two coefficients more.
template <class Many, class In8>
using FittingTable = std::conditional_t<floats_to_look_up == 8, In8, Many>;

/// Whether a table is cheaper than an exponential or a rational function.
template <class Table, class V>
constexpr bool has_segments =
    (Table::segments.count <= floats_to_look_up) && std::is_same_v<scalar_t<V>, float>;

/// The function of a table at z >= 0, as far as its segments reach.
template <class Table, class V>
[[gnu::always_inline]] inline V by_segments(V z) {
  static constexpr SegmentColumns<Table> columns;
  const V place = Table::segments.place(z);
  const auto column = [&](std::size_t k) __attribute__((always_inline)) {
    return simd::lookup<Table::segments.first_bit>(columns.of[k], place);
  };
  const V t = z - column(0);
  // In pairs of powers, a shorter chain, but for the first two, whose rounding counts most.
  const V square = t * t;
  const auto pair = [&](std::size_t k) __attribute__((always_inline)) {
    return simd::fma(column(k + 1), t, column(k));
  };
  constexpr std::size_t last = columns.count - 1;
  std::size_t k = last - last % 2;
  V sum = last % 2 == 1 ? pair(k) : column(k);
#pragma GCC unroll 8
  for (; k > 4; k -= 2) sum = simd::fma(sum, square, pair(k - 2));
  sum = simd::fma(simd::fma(sum, t, column(3)), t, column(2));
  return simd::fma(sum, t, column(1));
}

/// beyond(true) where x < -bound, which should be hardly anywhere: a vector that has it computes both.
/// Elsewhere near(f), f the table's function of |x|, or of bound where that is less. All of it by
/// beyond(false) where segments are not cheap.
template <class Table, class V, class Near, class Beyond>
[[gnu::always_inline]] inline V near_zero_by_segments(V x, Near near, Beyond beyond) {
  if constexpr (has_segments<Table, V>) {
    const V v = near(simd::by_segments<Table>(simd::bounded_magnitude(x, Table::bound)));
    const auto outside = x < V(-Table::bound);
    return __builtin_expect(simd::any(outside), 0) ? simd::select(outside, V(beyond(std::true_type())), v)
                                                   : v;
  } else {
    return beyond(std::false_type());
  }
}

}  // namespace rectify::simd
