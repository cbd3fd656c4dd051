// The loops of a per-channel backward pass over a pattern of slopes.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/kernels/sum_step.hpp>
#include <utility>

namespace rectify::kernels {

/// Groups of four rows of up to eight vectors of a pattern, each summed down in registers. Four equal terms
/// add up without rounding, so it cannot drift in one direction; the sums are in double precision. The next
/// tile is `ahead` of this one.
template <class Arch, Reach reach, bool prefetch, std::size_t... column, class F, class T, class S,
          class... In>
[[gnu::always_inline]] inline void sum_tile(std::index_sequence<column...>, F f, const T* pattern,
                                            std::size_t period, std::size_t ahead, std::size_t groups,
                                            double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const V alpha[] = {V::load_unaligned(pattern + column * width)...};
  for (; groups > 0; --groups) {
    const auto at = [&](std::size_t k) __attribute__((always_inline)) {
      const std::size_t i = k * width;
      if (prefetch)
        ask<V, reach>(k, out + i + ahead, (in + i + ahead)...);
      else
        ask_ahead<V, reach>(k, out + i, (in + i)...);
      return step<Arch, reach>(f, alpha[k], out + i, (in + i)...);
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

/// Groups of four rows in tiles of a line, side by side, and of one vector where they end.
template <class Arch, class F, class T, class S, class... In>
void sum_tiles(F f, const T* pattern, std::size_t period, std::size_t groups, double* sums, S* out,
               const In*... in) {
  constexpr std::size_t width = xsimd::batch<T, Arch>::size, columns = simd::line_bytes / (width * sizeof(T));
  for (; groups > 0; --groups) {
    std::size_t k = 0;
    const auto sum = [&](auto count) {
      const std::size_t next = k + count * width;
      sum_tile<Arch, Reach::near, true>(std::make_index_sequence<count>(), f, pattern + k, period,
                                        (next < period ? next : 4 * period) - k, 1, sums + k, out + k,
                                        (in + k)...);
      k = next;
    };
    while (k + columns * width <= period) sum(std::integral_constant<std::size_t, columns>());
    while (k < period) sum(std::integral_constant<std::size_t, 1>());
    out += 4 * period;
    ((in += 4 * period), ...);
  }
}

/// A row of a group: the shares of the first one begin the group's, the last one completes them for the sums.
template <class Arch, Reach reach, bool first, bool last, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_row(F f, const T* pattern, std::size_t length, T* group, double* sums,
                                           S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const auto add = [&](std::size_t i, V share) __attribute__((always_inline)) {
    const V sum = first ? share : V::load_aligned(group + i) + share;
    if (last)
      add_to<Arch>(sums + i, sum);
    else
      sum.store_aligned(group + i);
  };
  std::size_t k = 0;
  const std::size_t fours = starts_end(length, 4 * width);
  for (; k < fours; k += 4 * width)
    store_each<Arch, streams(reach), 4>(
        false,
        [&](std::size_t j, auto... v) __attribute__((always_inline)) {
          const std::size_t i = k + j * width;
          ask_ahead<V, reach>(j, out + i, (in + i)...);
          const Step<V> step = compute(f, V::load_unaligned(pattern + i), v...);
          add(i, step.share);
          return step.out;
        },
        out + k, (in + k)...);
  for (; k + width <= length; k += width)
    add(k, step<Arch, reach>(f, V::load_unaligned(pattern + k), out + k, (in + k)...));
  if (k == length) return;
  const V alpha = simd::load_part<Arch>(pattern + k, length - k);
  const V share = part_step<Arch>(f, alpha, length - k, out + k, (in + k)...);
  // A row by itself may be longer than there is room for.
  T* shares = first && last ? group : group + k;
  (first ? share : V::load_aligned(shares) + share).store_aligned(shares);
  if (last)
    for (std::size_t j = k; j < length; ++j) sums[j] += static_cast<double>(shares[j - k]);
}

/// Rows of so many elements, one after another, in the same groups of four as long as the shares of one stay
/// in L1 with the slopes and the sums. Flattened, or gcc calls the step of a group's last row at -O2.
template <class Arch, Reach reach, std::size_t most, class F, class T, class S, class... In>
[[gnu::flatten]] void sum_groups(F f, const T* pattern, std::size_t length, std::size_t rows,
                                 std::size_t period, double* sums, S* out, const In*... in) {
  alignas(64) T group[most];
  const std::size_t together = length <= most ? 4 : 1;
  while (rows > 0) {
    const auto row = [&](auto first, auto last) __attribute__((always_inline)) {
      sum_row<Arch, reach, first, last>(f, pattern, length, group, sums, out, in...);
      out += period;
      ((in += period), ...);
    };
    const std::size_t count = std::min(rows, together);
    if (count == 1) {
      row(std::true_type(), std::true_type());
    } else {
      row(std::true_type(), std::false_type());
      for (std::size_t i = 2; i < count; ++i) row(std::false_type(), std::false_type());
      row(std::false_type(), std::true_type());
    }
    rows -= count;
  }
}

/// Rows in the order of memory. Within L2 long ones in pieces; beyond it the processor looks ahead along a
/// row.
template <class Arch, Reach reach, class F, class T, class S, class... In>
void sum_long_rows(F f, const T* pattern, std::size_t period, bool in_l2, std::size_t n, double* sums, S* out,
                   const In*... in) {
  constexpr std::size_t most = 8192 / sizeof(T);
  const std::size_t piece = in_l2 ? most / 2 : period;
  while (n > 0) {
    const std::size_t row = std::min(period, n);
    const std::size_t rows = std::min<std::size_t>(row > piece ? 4 : n, n / row);
    for (std::size_t k = 0; k < row; k += piece)
      sum_groups<Arch, reach, most>(f, pattern + k, std::min(piece, row - k), rows, row, sums + k, out + k,
                                    (in + k)...);
    n -= rows * row;
    out += rows * row;
    ((in += rows * row), ...);
  }
}

/// Rows of one vector.
template <class Arch, Reach reach, class F, class T, class S, class... In>
void sum_rows(F f, const T* pattern, std::size_t rows, double* sums, S* out, const In*... in) {
  const auto alpha = xsimd::batch<T, Arch>::load_unaligned(pattern);
  auto sum = simd::load_wide<T, Arch>(sums);
  simd::add<T, Arch>(sum, pairwise_sum<T, Arch>(rows, [&](std::size_t k) {
                       return step_at<Arch, reach>(k, f, alpha, out, in...);
                     }));
  simd::store_wide<T, Arch>(sums, sum);
}

/// Elements [begin, end), which start `turn` elements after the pattern's beginning.
template <class Arch, Reach reach, class F, class T, class S, class... In>
void sum_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t turn, std::size_t begin, std::size_t end,
                 double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  constexpr bool whole_line = sizeof(V) >= simd::line_bytes;
  const std::size_t period = slopes.period();
  const T* pattern = slopes.pattern() + turn;
  if (period == width) {
    const std::size_t rows = (end - begin) / width;
    sum_rows<Arch, reach>(f, pattern, rows, sums, out + begin, (in + begin)...);
    begin += rows * width;
  } else if (period % width == 0) {
    const std::size_t groups = (end - begin) / (4 * period), done = begin + groups * 4 * period;
    if (period <= most_in_registers * width) {
      with_constant<most_in_registers>(period / width, [&](auto count) {
        constexpr bool long_row = whole_line && count == most_in_registers;
        sum_tile<Arch, reach, long_row>(std::make_index_sequence<count>(), f, pattern, period, 4 * period,
                                        groups, sums, out + begin, (in + begin)...);
      });
      begin = done;
    } else if constexpr (sizeof(V) <= 16 && reach == Reach::near) {
      // The shortest vectors gain from sums and slopes in registers, but where the rows share a set of L1.
      if (period * sizeof(S) + 2 * simd::line_bytes < 4096) {
        sum_tiles<Arch>(f, pattern, period, groups, sums, out + begin, (in + begin)...);
        begin = done;
      }
    }
  }
  const bool in_l2 = !kernels::leaves_l2<S>(slopes.shape().size());
  sum_long_rows<Arch, reach>(f, pattern, period, in_l2, end - begin, sums, out + begin, (in + begin)...);
}

/// The same from the first whole vector of out on, with the pattern turned as far, so that no store is of two
/// cache lines, and all can be streamed. The pattern goes on for that far beyond its period.
template <class Arch, Reach reach, class F, class T, class S, class... In>
void sum_turned_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t head, std::size_t begin,
                        std::size_t end, double* sums, S* out, const In*... in) {
  constexpr std::size_t few = 256;
  const std::size_t period = slopes.period();
  sum_pattern<Arch, Reach::near>(f, slopes, 0, begin, begin + head, sums, out, in...);
  Scratch<double, few> turned_sums(period);
  std::fill_n(turned_sums.data(), period, 0.0);
  sum_pattern<Arch, reach>(f, slopes, head, begin + head, end, turned_sums.data(), out, in...);
  kernels::add_sums<Arch>(period - head, sums + head, turned_sums.data());
  kernels::add_sums<Arch>(head, sums, turned_sums.data() + period - head);
}

}  // namespace rectify::kernels
