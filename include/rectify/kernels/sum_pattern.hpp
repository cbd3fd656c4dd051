// The loops of a per-channel backward pass over a pattern of slopes.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/kernels/sum_step.hpp>
#include <utility>

namespace rectify::kernels {

/// Asks for the cache line of a vector to come, if the kth of some begins one.
template <class V, bool streaming, class S, class... In>
[[gnu::always_inline]] inline void prefetch_line(std::size_t k, const S* out, const In*... in) {
  if (k * sizeof(V) % simd::line_bytes != 0) return;
  (__builtin_prefetch(in), ...);
  if (!streaming) __builtin_prefetch(out, 1);
}

/// Groups of four rows of up to eight vectors of a pattern, each summed down in registers. Four equal terms
/// add up without rounding, so it cannot drift in one direction; the sums are in double precision. The next
/// tile is `ahead` of this one.
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
      const std::size_t i = k * width;
      if (prefetch) prefetch_line<V, streaming>(k, out + i + ahead, (in + i + ahead)...);
      return step<Arch, streaming>(f, alpha[k], out + i, (in + i)...);
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

/// Groups of four rows in tiles of so many vectors, side by side, and of one where they end.
template <class Arch, bool streaming, std::size_t columns, class F, class T, class S, class... In>
void sum_tiles(F f, const T* pattern, std::size_t period, std::size_t groups, double* sums, S* out,
               const In*... in) {
  constexpr std::size_t width = xsimd::batch<T, Arch>::size;
  for (; groups > 0; --groups) {
    std::size_t k = 0;
    const auto sum = [&](auto count) {
      const std::size_t next = k + count * width;
      sum_tile<Arch, streaming, true>(std::make_index_sequence<count>(), f, pattern + k, period,
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
template <class Arch, bool streaming, bool prefetch, bool first, bool last, class F, class T, class S,
          class... In>
[[gnu::always_inline]] inline void sum_row(F f, const T* pattern, std::size_t length, T* group, double* sums,
                                           S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, ahead = 1024 / sizeof(T);
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
    store_each<Arch, streaming, 4>(
        [&](std::size_t j, auto... v) __attribute__((always_inline)) {
          const std::size_t i = k + j * width;
          if (prefetch) prefetch_line<V, streaming>(j, out + i + ahead, (in + i + ahead)...);
          const Step<V> step = compute(f, V::load_unaligned(pattern + i), v...);
          add(i, step.share);
          return step.out;
        },
        out + k, (in + k)...);
  for (; k + width <= length; k += width)
    add(k, step<Arch, streaming>(f, V::load_unaligned(pattern + k), out + k, (in + k)...));
  if (k == length) return;
  const V alpha = simd::load_part<Arch>(pattern + k, length - k);
  const V share = part_step<Arch>(f, alpha, length - k, out + k, (in + k)...);
  (first ? share : V::load_aligned(group + k) + share).store_aligned(group + k);
  if (last)
    for (; k < length; ++k) sums[k] += static_cast<double>(group[k]);
}

/// Rows in the order of memory, in the same groups of four as long as the shares of one stay in L1 with the
/// slopes and the sums.
template <class Arch, bool streaming, bool prefetch, class F, class T, class S, class... In>
void sum_long_rows(F f, const T* pattern, std::size_t period, std::size_t n, double* sums, S* out,
                   const In*... in) {
  constexpr std::size_t most = 8192 / sizeof(T);
  alignas(64) T group[most];
  while (n > 0) {
    const std::size_t length = std::min(period, n);
    const std::size_t rows = length <= most ? std::min<std::size_t>(4, n / length) : 1;
    const auto row = [&](auto first, auto last) __attribute__((always_inline)) {
      sum_row<Arch, streaming, prefetch, first, last>(f, pattern, length, group, sums, out, in...);
      out += length;
      ((in += length), ...);
    };
    if (rows == 1) {
      row(std::true_type(), std::true_type());
    } else {
      row(std::true_type(), std::false_type());
      for (std::size_t i = 2; i < rows; ++i) row(std::false_type(), std::false_type());
      row(std::false_type(), std::true_type());
    }
    n -= rows * length;
  }
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

/// Elements [begin, end), which start `turn` elements after the pattern's beginning.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t turn, std::size_t begin, std::size_t end,
                 double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  constexpr bool whole_line = sizeof(V) >= simd::line_bytes;
  const std::size_t period = slopes.period();
  const T* pattern = slopes.pattern() + turn;
  const bool beyond_l2 = streaming || slopes.shape().size() * sizeof(S) >= std::size_t{3} << 20;
  if (period == width) {
    const std::size_t rows = (end - begin) / width;
    sum_rows<Arch, streaming>(f, pattern, rows, sums, out + begin, (in + begin)...);
    begin += rows * width;
  } else if (period % width == 0) {
    const std::size_t groups = (end - begin) / (4 * period);
    with_constant<most_in_registers>(period / width, [&](auto columns) {
      constexpr bool prefetch = whole_line && columns == most_in_registers;
      sum_tile<Arch, streaming, prefetch>(std::make_index_sequence<columns>(), f, pattern, period, 4 * period,
                                          groups, sums, out + begin, (in + begin)...);
      begin += groups * 4 * period;
    });
    // The processor foresees one row in each page, and rows in order: tiles of short rows cost up to twice
    // the time beyond L2. Within, the shortest vectors gain from sums and slopes in registers.
    constexpr std::size_t own_page = whole_line ? 8192 : 3072, columns = whole_line ? 8 : 64 / sizeof(V);
    if (period * sizeof(T) >= own_page || (sizeof(V) <= 16 && !beyond_l2)) {
      const std::size_t rest = (end - begin) / (4 * period);
      sum_tiles<Arch, streaming, columns>(f, pattern, period, rest, sums, out + begin, (in + begin)...);
      begin += rest * 4 * period;
    }
  }
  const auto rest = [&](auto prefetch) {
    sum_long_rows<Arch, streaming, prefetch>(f, pattern, period, end - begin, sums, out + begin,
                                             (in + begin)...);
  };
  // Shorter vectors take so many instructions for a line that the processor does not look far ahead.
  if constexpr (streaming)
    rest(std::bool_constant<!whole_line>());
  else if (beyond_l2)
    rest(std::bool_constant<!whole_line>());
  else
    rest(std::false_type());
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
