// The loop behind a per-channel backward pass: dx and the gradient of the slopes in one sweep.
#pragma once

#include <rectify/kernels/channels.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/stream.hpp>
#include <rectify/simd/sum.hpp>

namespace rectify::kernels {

/// One vector of the backward pass: stores dx, returns the elements' share of dalpha.
template <class Arch, bool streaming, class F, class S, class V>
[[gnu::always_inline]] inline V backward_step(F f, const S* x, const S* dy, S* dx, V alpha) {
  const V vx = simd::load<Arch>(x), vdy = simd::load<Arch>(dy);
  const auto not_positive = simd::not_positive(vx);
  simd::Store<Arch, streaming>::whole(dx, V(f.gate(not_positive, vdy, alpha)));
  return f.alpha_gradient(not_positive, vx, vdy);
}

template <class Arch, class F, class S, class V>
V backward_part(F f, const S* x, const S* dy, S* dx, std::size_t n, V alpha) {
  const V vx = simd::load_part<Arch>(x, n), vdy = simd::load_part<Arch>(dy, n);
  const auto not_positive = simd::not_positive(vx);
  simd::store_part<Arch>(dx, n, V(f.gate(not_positive, vdy, alpha)));
  return f.alpha_gradient(not_positive, vx, vdy);
}

/// Vectors of the backward pass at equal distances, all with one vector of slopes.
template <class Arch, bool streaming, class F, class S, class V>
struct Column {
  F f;
  const S *x, *dy;
  S* dx;
  std::size_t stride;
  V alpha;

  template <std::size_t count>
  [[gnu::always_inline]] V sum(std::size_t i) const {
    if constexpr (count == 1) {
      const std::size_t at = i * stride;
      return backward_step<Arch, streaming>(f, x + at, dy + at, dx + at, alpha);
    } else {
      const V low = sum<count / 2>(i), high = sum<count / 2>(i + count / 2);
      return low + high;
    }
  }
};

/// The sum of `count` vectors of a column, in double precision but for pairwise groups of at most 8.
/// A group of equal terms is exact, so rounding cannot drift in one direction.
template <class Arch, bool streaming, class F, class S, class V>
[[gnu::always_inline]] inline auto pairwise_sum(Column<Arch, streaming, F, S, V> column, std::size_t count) {
  using T = simd::scalar_t<V>;
  simd::Wide<T, Arch> sum = simd::wide_zero<T, Arch>();
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) simd::add<T, Arch>(sum, simd::widen(column.template sum<8>(i)));
  if (count & 4) {
    simd::add<T, Arch>(sum, simd::widen(column.template sum<4>(i)));
    i += 4;
  }
  if (count & 2) {
    simd::add<T, Arch>(sum, simd::widen(column.template sum<2>(i)));
    i += 2;
  }
  if (count & 1) simd::add<T, Arch>(sum, simd::widen(column.template sum<1>(i)));
  return sum;
}

template <class Arch, bool streaming, class F, class T, class S>
void sum_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x, const S* dy,
              S* dx, double* sums) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner, channels = slopes.shape().channels;
  const V lane = iota<V>();
  std::size_t run_end = (begin / inner + 1) * inner;
  std::size_t channel = begin / inner % channels;
  std::size_t i = begin;
  V carried(T(0));
  bool carries = false;
  for (;;) {
    const V alpha(slopes.alpha()[channel]);
    const std::size_t stop = std::min(run_end, end);
    const std::size_t vectors = i < stop ? (stop - i) / width : 0;
    simd::Wide<T, Arch> sum =
        pairwise_sum(Column<Arch, streaming, F, S, V>{f, x + i, dy + i, dx + i, width, alpha}, vectors);
    i += vectors * width;
    double& total = sums[channel];
    channel = channel + 1 < channels ? channel + 1 : 0;
    if (carries || i < stop) {
      V rest = carried;
      carries = i < stop;
      if (carries) {
        const auto here = lane < V(static_cast<T>(run_end - i));
        const V both = xsimd::select(here, alpha, V(slopes.alpha()[channel]));
        const V terms = i + width <= end ? backward_step<Arch, streaming>(f, x + i, dy + i, dx + i, both)
                                         : backward_part<Arch>(f, x + i, dy + i, dx + i, end - i, both);
        const V mine = simd::keep_if(here, terms);
        rest = rest + mine;
        carried = simd::zero_if(here, terms);
        i += width;
      } else {
        carried = V(T(0));
      }
      simd::add<T, Arch>(sum, simd::widen(rest));
    }
    total += simd::sum<T, Arch>(sum);
    if (run_end >= end) return;
    run_end += inner;
  }
}

/// Columns of a pattern side by side, summed down the rows in registers: groups of rows pairwise, the groups
/// in double precision. Within a group in memory order, which is what the cache is fastest at.
template <std::size_t rows, class Arch, bool streaming, class F, class T, class S, std::size_t... column>
[[gnu::always_inline]] inline void sum_tile(F f, const T* pattern, std::size_t stride, std::size_t groups,
                                            const S* x, const S* dy, S* dx, double* sums,
                                            std::index_sequence<column...>) {
  using V = xsimd::batch<T, Arch>;
  using Vectors = std::array<V, sizeof...(column)>;
  constexpr std::size_t width = V::size;
  const V alpha[] = {V::load_unaligned(pattern + column * width)...};
  simd::Wide<T, Arch> sum[] = {simd::load_wide<T, Arch>(sums + column * width)...};
  const auto one = [&]() __attribute__((always_inline)) {
    const Vectors terms{backward_step<Arch, streaming>(f, x + column * width, dy + column * width,
                                                       dx + column * width, alpha[column])...};
    x += stride;
    dy += stride;
    dx += stride;
    return terms;
  };
  const auto plus = [](const Vectors& a, const Vectors& b) __attribute__((always_inline)) {
    return Vectors{V(a[column] + b[column])...};
  };
  const auto two = [&]() __attribute__((always_inline)) {
    const Vectors a = one();
    return plus(a, one());
  };
  const auto four = [&]() __attribute__((always_inline)) {
    const Vectors a = two();
    return plus(a, two());
  };
  for (; groups > 0; --groups) {
    const Vectors group = [&]() __attribute__((always_inline)) {
      if constexpr (rows == 1) return one();
      if constexpr (rows == 4) return four();
      if constexpr (rows == 8) {
        const Vectors a = four();
        return plus(a, four());
      }
    }
    ();
    (simd::add<T, Arch>(sum[column], simd::widen(group[column])), ...);
  }
  (simd::store_wide<T, Arch>(sums + column * width, sum[column]), ...);
}

/// The first `length` elements of each of so many rows, in tiles of at most `columns` vectors.
template <std::size_t group, std::size_t columns, class Arch, bool streaming, class F, class T, class S>
void sum_columns(F f, const T* pattern, std::size_t stride, std::size_t rows, std::size_t length, const S* x,
                 const S* dy, S* dx, double* sums) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t groups = rows / group, rest = rows % group, after = groups * group * stride;
  std::size_t k = 0;
  const auto tile = [&](auto indices) {
    sum_tile<group, Arch, streaming>(f, pattern + k, stride, groups, x + k, dy + k, dx + k, sums + k,
                                     indices);
    if (rest > 0)
      sum_tile<1, Arch, streaming>(f, pattern + k, stride, rest, x + after + k, dy + after + k,
                                   dx + after + k, sums + k, indices);
    k += indices.size() * width;
  };
  while (k + columns * width <= length) tile(std::make_index_sequence<columns>());
  if constexpr (columns > 3)
    if (k + 3 * width <= length) tile(std::make_index_sequence<3>());
  if constexpr (columns > 2)
    if (k + 2 * width <= length) tile(std::make_index_sequence<2>());
  if (k + width <= length) tile(std::make_index_sequence<1>());
  if (k == length) return;
  const V alpha = simd::load_part<Arch>(pattern + k, length - k);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t at = k + row * stride;
    T lanes[width];
    backward_part<Arch>(f, x + at, dy + at, dx + at, length - k, alpha).store_unaligned(lanes);
    for (std::size_t j = k; j < length; ++j) sums[j] += static_cast<double>(lanes[j - k]);
  }
}

/// Columns side by side in a tile: what the registers hold beside the loop's own.
template <class T, class Arch>
constexpr std::size_t tile_columns() {
  return simd::registers_of<T, Arch>() == simd::Registers::avx512 ? 4 : 2;
}

/// begin is a multiple of the pattern's period; end is one too, or the array's end.
template <class Arch, bool streaming, class F, class T, class S>
void sum_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                 const S* dy, S* dx, double* sums) {
  constexpr std::size_t columns = tile_columns<T, Arch>();
  const std::size_t period = slopes.period();
  // So many rows that all their columns are done before they leave the cache; where rows are long, the rows
  // of one group.
  const std::size_t most_rows = period > 1024 ? 8 : std::max<std::size_t>(4, 2048 / period / 4 * 4);
  while (begin < end) {
    const std::size_t length = std::min(period, end - begin);
    const std::size_t rows = std::min(most_rows, (end - begin) / length);
    const auto sum = period <= 1024 ? &sum_columns<4, columns, Arch, streaming, F, T, S>
                                    : &sum_columns<8, 1, Arch, streaming, F, T, S>;
    sum(f, slopes.pattern(), period, rows, length, x + begin, dy + begin, dx + begin, sums);
    begin += rows * length;
  }
}

/// Whether the tiles of a pattern are whole cache lines, without which streaming would write parts of lines.
template <class Arch, class S, class T>
bool whole_lines(const Slopes<T, Arch>& slopes) {
  return tile_columns<T, Arch>() * slopes.width * sizeof(S) % simd::line_bytes == 0 &&
         slopes.period() * sizeof(S) % simd::line_bytes == 0 && slopes.period() <= 1024;
}

/// dx[i] = dy[i] f'(x[i], alpha) for begin <= i < end of the flat array, and the sums over it of df/dalpha
/// dy, one for each position that sum_count() counts. dx may be x or dy, but for streaming, which needs
/// dx + begin aligned to vectors.
template <class Arch, bool streaming = false, class F, class T, class S>
void sum_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                    const S* dy, S* dx, double* sums) {
  if (slopes.in_runs())
    sum_runs<Arch, streaming>(f, slopes, begin, end, x, dy, dx, sums);
  else if (!streaming || (whole_lines<Arch, S>(slopes) && simd::is_aligned(dx + begin, simd::line_bytes)))
    sum_pattern<Arch, streaming>(f, slopes, begin, end, x, dy, dx, sums);
  else
    sum_pattern<Arch, false>(f, slopes, begin, end, x, dy, dx, sums);
  simd::Store<Arch, streaming>::fence();
}

/// How many sums sum_by_channel accumulates.
template <class T, class Arch>
std::size_t sum_count(const Slopes<T, Arch>& slopes) {
  return slopes.in_runs() ? slopes.shape().channels : slopes.period();
}

/// Adds them up to one per channel.
template <class T, class Arch>
void fold_sums(const Slopes<T, Arch>& slopes, const double* sums, double* dalpha) {
  const std::size_t inner = slopes.in_runs() ? 1 : slopes.shape().inner;
  for (std::size_t k = 0; k < sum_count(slopes);)
    for (std::size_t c = 0; c < slopes.shape().channels; ++c)
      for (std::size_t i = 0; i < inner; ++i) dalpha[c] += sums[k++];
}

}  // namespace rectify::kernels
