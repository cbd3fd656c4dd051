// Functions of one argument in segments, a polynomial for each, where lookups in registers are cheap.
#pragma once

#include <iterator>
#include <rectify/simd/lookup.hpp>
#include <rectify/simd/twofold.hpp>

namespace rectify::simd {

/// Segments of z >= 0 by two bits of the exponent of z + shift, 1/2 <= shift < 2, and the first bits of its
/// mantissa: wider the farther.
template <int bits>
struct WideningSegments {
  float shift;
  static constexpr std::size_t count = std::size_t{4} << bits;
  static constexpr int first_bit = mantissa_bits<float> - bits;

  template <class V>
  [[gnu::always_inline]] V place(V z) const {
    return z + V(shift);
  }
  /// The bits of place(0).
  constexpr std::size_t first() const {
    return static_cast<std::size_t>((shift < 1 ? 2 * shift + 1 : shift + 2) * (1 << bits));
  }
};

/// 32 segments of z >= 0 around the integers that linear z + quadratic z^2 takes: narrower the farther.
struct NarrowingSegments {
  float linear, quadratic;
  static constexpr std::size_t count = 32;
  static constexpr int first_bit = 0;

  template <class V>
  [[gnu::always_inline]] V place(V z) const {
    return simd::fma(z, simd::fma(z, V(quadratic), V(linear)), V(0x1p23f));
  }
  static constexpr std::size_t first() { return 0; }
};

/// A table's rows are for its segments: a center, at which the function is nearly a float, and the
/// coefficients of a polynomial around it, so that the error is little more than the rounding of the last
/// sum. Coefficients: tests/coefficients.py.
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

/// Whether it is cheaper than an exponential or a rational function.
template <class Table, class V>
constexpr bool has_segments = std::is_same_v<scalar_t<V>, float>&& Table::segments.count == floats_to_look_up;

/// What the function of a table is at z >= 0, as far as its segments reach: value + slope t.
template <class V>
struct InSegment {
  V value, slope, t;
};
template <class Table, class V>
[[gnu::always_inline]] inline InSegment<V> in_segment(V z) {
  static constexpr SegmentColumns<Table> columns;
  const V place = Table::segments.place(z);
  const auto column = [&](std::size_t k) __attribute__((always_inline)) {
    return simd::lookup<Table::segments.first_bit>(columns.of[k], place);
  };
  const V t = z - column(0);
  // Long ones in pairs of powers, a shorter chain.
  constexpr std::size_t step = columns.count > 6 ? 2 : 1;
  const auto part = [&](std::size_t k) __attribute__((always_inline)) {
    return step == 1 ? column(k) : simd::fma(column(k + 1), t, column(k));
  };
  const V power = step == 1 ? t : t * t;
  std::size_t k = columns.count - step;
  V sum = part(k);
#pragma GCC unroll 8
  for (; k >= 2 + step; k -= step) sum = simd::fma(sum, power, part(k - step));
  if (k > 2) sum = simd::fma(sum, t, column(2));
  return {column(1), sum, t};
}

template <class Table, class V>
[[gnu::always_inline]] inline V by_segments(V z) {
  const auto [value, slope, t] = simd::in_segment<Table>(z);
  return simd::fma(slope, t, value);
}
/// The same in two parts.
template <class Table, class V>
[[gnu::always_inline]] inline Twofold<V> by_segments_in_two_parts(V z) {
  const auto [value, slope, t] = simd::in_segment<Table>(z);
  return {value, simd::times(slope, t)};
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
