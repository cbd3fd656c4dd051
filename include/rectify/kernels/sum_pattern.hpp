// The loops of a per-channel backward pass over a pattern of slopes.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/kernels/sum_step.hpp>
#include <utility>

namespace rectify::kernels {

/// Groups of four rows of up to eight vectors of a pattern, in memory order, each summed down in registers.
/// Four equal terms add up without rounding, so it cannot drift in one direction; the sums are in double
/// precision. The next tile is `ahead` of this one.
template <class Arch, bool streaming, bool prefetch, std::size_t... column, class F, class T, class S,
          class... In>
[[gnu::always_inline]] inline void sum_tile(std::index_sequence<column...>, F f, const T* pattern,
                                            std::size_t period, std::size_t ahead, std::size_t groups,
                                            double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const V alpha[] = {V::load_unaligned(pattern + column * width)...};
  for (; groups > 0; --groups) {
    const auto at = [&](std::size_t k) __attribute__((always_inline)) {
      if (prefetch && k * sizeof(V) % simd::line_bytes == 0) {
        (__builtin_prefetch(in + k * width + ahead), ...);
        if (!streaming) __builtin_prefetch(out + k * width + ahead, 1);
      }
      return step<Arch, streaming>(f, alpha[k], out + k * width, (in + k * width)...);
    };
    const auto next_row = [&] {
      out += period;
      ((in += period), ...);
    };
    V group[] = {at(column)...};
    next_row();
    // Unrolled, clang defers the sums and spills them.
#pragma GCC unroll 1
    for (int i = 1; i < 4; ++i, next_row()) ((group[column] = group[column] + at(column)), ...);
    (add_to<Arch>(sums + column * width, group[column]), ...);
  }
}

/// Groups of four rows of a pattern: in one tile of up to eight columns, or in tiles of as many as there are
/// registers for after what eights leave over. That one through a pointer, or each number of columns would be
/// loops of its own, which took compilers longer than all the rest.
template <class Arch, bool streaming, std::size_t... columns, class F, class T, class S, class... In>
void sum_groups(std::index_sequence<columns...>, F f, const T* pattern, std::size_t period,
                std::size_t groups, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, most = sizeof(V) > 16 ? 8 : 4, longest = sizeof...(columns) * width;
  // The processor does not foresee steps of a row, nor rows of many lines: beyond L2 up to half of the time.
  constexpr bool steps = sizeof(V) > 16 || !streaming, lines = sizeof(V) >= simd::line_bytes;
  using Tile = void (*)(F, const T*, std::size_t, std::size_t, std::size_t, double*, S*, const In*...);
  constexpr Tile tiles[] = {[](F form, const T* slopes, auto... rest) {
    constexpr bool prefetch = lines && columns + 1 == most;
    sum_tile<Arch, streaming, prefetch>(std::make_index_sequence<columns + 1>(), form, slopes, rest...);
  }...};
  if (period <= longest)
    return tiles[period / width - 1](f, pattern, period, 4 * period, groups, sums, out, in...);
  const std::size_t first = period % longest;
  for (; groups > 0; --groups) {
    if (first > 0) tiles[first / width - 1](f, pattern, period, first, 1, sums, out, in...);
    for (std::size_t k = first; k < period; k += most * width) {
      const std::size_t next = k + most * width < period ? most * width : 4 * period - k;
      sum_tile<Arch, streaming, steps>(std::make_index_sequence<most>(), f, pattern + k, period, next, 1,
                                       sums + k, out + k, (in + k)...);
    }
    out += 4 * period;
    ((in += 4 * period), ...);
  }
}

/// A row of a pattern, of any length.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_row(F f, const T* pattern, std::size_t length, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  std::size_t k = 0;
  const std::size_t fours = starts_end(length, 4 * width);
  for (; k < fours; k += 4 * width) {
    V shares[4];
    store_each<Arch, streaming, 4>(
        [&](std::size_t j, auto... v) __attribute__((always_inline)) {
          const Step<V> step = compute(f, V::load_unaligned(pattern + k + j * width), v...);
          shares[j] = step.share;
          return step.out;
        },
        out + k, (in + k)...);
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) add_to<Arch>(sums + k + j * width, shares[j]);
  }
  for (; k + width <= length; k += width)
    add_to<Arch>(sums + k, step<Arch, streaming>(f, V::load_unaligned(pattern + k), out + k, (in + k)...));
  if (k == length) return;
  const V alpha = simd::load_part<Arch>(pattern + k, length - k);
  T shares[width];
  part_step<Arch>(f, alpha, length - k, out + k, (in + k)...).store_unaligned(shares);
  for (std::size_t j = k; j < length; ++j) sums[j] += static_cast<double>(shares[j - k]);
}

/// Rows of one vector.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_rows(F f, const T* pattern, std::size_t rows, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  const V alpha = V::load_unaligned(pattern);
  auto sum = simd::load_wide<T, Arch>(sums);
  simd::add<T, Arch>(sum, pairwise_sum<T, Arch>(rows, [&](std::size_t k) {
                       return step<Arch, streaming>(f, alpha, out + k * V::size, (in + k * V::size)...);
                     }));
  simd::store_wide<T, Arch>(sums, sum);
}

/// Whether rows are taken in order, their sums in memory, as long as sums and slopes stay in L1. The
/// processor does not foresee tiles, which costs up to half of the time beyond L2; rows take more
/// instructions, which vectors of a cache line always make up for, half as long ones where L2 ends, and the
/// shortest where L3 does.
template <class T, class Arch>
bool in_order(const Slopes<T, Arch>& slopes) {
  constexpr std::size_t vector = sizeof(xsimd::batch<T, Arch>), mebi = std::size_t{1} << 20;
  const std::size_t row = slopes.period() * sizeof(T), size = slopes.shape().size() * sizeof(T);
  const bool worth_it = vector >= simd::line_bytes || size >= (vector > 16 ? 2 : 6) * mebi;
  return worth_it && row > std::max<std::size_t>(8 * vector, 256) && row <= 8192;
}

/// Elements [begin, end), which start `turn` elements after the pattern's beginning.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t turn, std::size_t begin, std::size_t end,
                 double* sums, S* out, const In*... in) {
  constexpr std::size_t width = xsimd::batch<T, Arch>::size;
  const std::size_t period = slopes.period();
  const T* pattern = slopes.pattern() + turn;
  if (period == width) {
    const std::size_t rows = (end - begin) / width;
    sum_rows<Arch, streaming>(f, pattern, rows, sums, out + begin, (in + begin)...);
    begin += rows * width;
  } else if (period % width == 0 && 4 * period <= end - begin && !in_order(slopes)) {
    const std::size_t groups = (end - begin) / (4 * period);
    sum_groups<Arch, streaming>(std::make_index_sequence<8>(), f, pattern, period, groups, sums, out + begin,
                                (in + begin)...);
    begin += groups * 4 * period;
  }
  for (; begin < end; begin += period)
    sum_row<Arch, streaming>(f, pattern, std::min(period, end - begin), sums, out + begin, (in + begin)...);
}

/// The same from the first whole vector of out on, with the pattern turned as far, so that no store is of two
/// cache lines, and all can be streamed. The pattern goes on for that far beyond its period.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_turned_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t head, std::size_t begin,
                        std::size_t end, double* sums, S* out, const In*... in) {
  constexpr std::size_t few = 256;
  const std::size_t period = slopes.period();
  sum_pattern<Arch, false>(f, slopes, 0, begin, begin + head, sums, out, in...);
  Scratch<double, few> turned_sums(period);
  std::fill_n(turned_sums.data(), period, 0.0);
  sum_pattern<Arch, streaming>(f, slopes, head, begin + head, end, turned_sums.data(), out, in...);
  kernels::add_sums<Arch>(period - head, sums + head, turned_sums.data());
  kernels::add_sums<Arch>(head, sums, turned_sums.data() + period - head);
}

}  // namespace rectify::kernels
