// The loop behind a per-channel backward pass: dx and the gradient of the slopes in one sweep.
#pragma once

#include <algorithm>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/stream.hpp>
#include <rectify/simd/sum.hpp>

namespace rectify::kernels {

// The inputs of a pass are x and dy, or x, dy and v: the sign of the first one chooses, the last two
// multiply.

/// The arithmetic of one vector: what is stored, and the elements' share of dalpha.
template <class V>
struct Step {
  V share, out;
};
template <class F, class V, class... More>
[[gnu::always_inline]] inline Step<V> compute(F f, V alpha, V x, More... more) {
  const V v[] = {x, more...};
  constexpr std::size_t last = sizeof...(More);
  const auto not_positive = simd::not_positive(x);
  const V share = f.alpha_gradient(not_positive, v[last - 1], v[last]);
  return {share, f.gate(not_positive, v[last], alpha)};
}

template <class Arch, bool streaming, class F, class S, class V, class... In>
[[gnu::always_inline]] inline V step(F f, V alpha, S* out, const In*... in) {
  const Step<V> whole = compute(f, alpha, simd::load<Arch>(in)...);
  simd::Store<Arch, streaming>::whole(out, whole.out);
  return whole.share;
}

template <class Arch, class F, class S, class V, class... In>
V part_step(F f, V alpha, std::size_t n, S* out, const In*... in) {
  const Step<V> part = compute(f, alpha, simd::load_part<Arch>(in, n)...);
  simd::store_part<Arch>(out, n, part.out);
  return part.share;
}

/// at(0) + ... + at(count - 1), by halves.
template <std::size_t count, class At>
[[gnu::always_inline]] inline auto sum_of(const At& at, std::size_t i) {
  if constexpr (count == 1) {
    return at(i);
  } else {
    const auto low = sum_of<count / 2>(at, i), high = sum_of<count / 2>(at, i + count / 2);
    return low + high;
  }
}

/// The sum of the vectors at(0) to at(count - 1), in double precision but for pairwise groups of at most 8.
/// A group of equal terms is exact, so rounding cannot drift in one direction.
template <class T, class Arch, class At>
[[gnu::always_inline]] inline simd::Wide<T, Arch> pairwise_sum(std::size_t count, const At& at) {
  simd::Wide<T, Arch> sum = simd::wide_zero<T, Arch>();
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) simd::add<T, Arch>(sum, simd::widen(sum_of<8>(at, i)));
  if (count & 4) {
    simd::add<T, Arch>(sum, simd::widen(sum_of<4>(at, i)));
    i += 4;
  }
  if (count & 2) {
    simd::add<T, Arch>(sum, simd::widen(sum_of<2>(at, i)));
    i += 2;
  }
  if (count & 1) simd::add<T, Arch>(sum, simd::widen(at(i)));
  return sum;
}

/// `whole`: runs and range are of whole vectors, so none reaches across the end of a run.
template <bool whole, class Arch, bool streaming, class F, class T, class S, class... In>
void sum_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums, S* out,
              const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner, channels = slopes.shape().channels;
  std::size_t run_end = (slopes.run(begin) + 1) * inner;
  std::size_t channel = slopes.channel(slopes.run(begin));
  std::size_t i = begin;
  V carried(T(0));
  bool carries = false;
  for (;;) {
    const V alpha(slopes.alpha()[channel]);
    const std::size_t stop = std::min(run_end, end);
    const std::size_t vectors = i < stop ? (stop - i) / width : 0;
    simd::Wide<T, Arch> sum = pairwise_sum<T, Arch>(vectors, [&](std::size_t k) {
      return step<Arch, streaming>(f, alpha, out + i + k * width, (in + i + k * width)...);
    });
    i += vectors * width;
    double& total = sums[channel];
    channel = channel + 1 < channels ? channel + 1 : 0;
    if (!whole && (carries || i < stop)) {
      V rest = carried;
      carries = i < stop;
      if (carries) {
        const auto here = simd::first_lanes<V>(run_end - i);
        const V both = xsimd::select(here, alpha, V(slopes.alpha()[channel]));
        const V terms = i + width <= end ? step<Arch, streaming>(f, both, out + i, (in + i)...)
                                         : part_step<Arch>(f, both, end - i, out + i, (in + i)...);
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

template <class Arch, class T>
[[gnu::always_inline]] inline void add_to(double* sums, xsimd::batch<T, Arch> terms) {
  auto sum = simd::load_wide<T, Arch>(sums);
  simd::add<T, Arch>(sum, simd::widen(terms));
  simd::store_wide<T, Arch>(sums, sum);
}

/// Groups of four rows of up to eight vectors of a pattern, in memory order, each summed down in registers.
/// Four equal terms add up without rounding, so it cannot drift in one direction; the sums are in double
/// precision. The next tile is `ahead` of this one.
template <class Arch, bool streaming, std::size_t... column, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_tile(std::index_sequence<column...>, F f, const T* pattern,
                                            std::size_t period, std::size_t ahead, std::size_t groups,
                                            double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  // The processor does not foresee steps of a row: beyond L2 up to half of the time.
  constexpr bool prefetch = sizeof...(column) == 8 && sizeof(V) > 16;
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
    for (int i = 1; i < 4; ++i, next_row()) ((group[column] = group[column] + at(column)), ...);
    (add_to<Arch>(sums + column * width, group[column]), ...);
  }
}

/// Groups of four rows of a pattern: 1 to 8 columns at its beginning and multiples of eight after them, in
/// tiles of as many as there are registers for. The first tile through a pointer, or each number of columns
/// would be loops of its own, which took compilers longer than all the rest.
template <class Arch, bool streaming, std::size_t... columns, class F, class T, class S, class... In>
void sum_groups(std::index_sequence<columns...>, F f, const T* pattern, std::size_t period,
                std::size_t groups, double* sums, S* out, const In*... in) {
  constexpr std::size_t width = xsimd::batch<T, Arch>::size;
  constexpr std::size_t most = sizeof(xsimd::batch<T, Arch>) > 16 ? 8 : 4;
  using Tile = void (*)(F, const T*, std::size_t, std::size_t, std::size_t, double*, S*, const In*...);
  constexpr Tile tiles[] = {[](F form, const T* slopes, auto... rest) {
    sum_tile<Arch, streaming>(std::make_index_sequence<columns + 1>(), form, slopes, rest...);
  }...};
  const std::size_t first = ((period / width - 1) % sizeof...(columns) + 1) * width;
  const Tile first_tile = tiles[first / width - 1];
  if (first == period) return first_tile(f, pattern, period, 4 * period, groups, sums, out, in...);
  for (; groups > 0; --groups) {
    first_tile(f, pattern, period, first, 1, sums, out, in...);
    for (std::size_t k = first; k < period; k += most * width) {
      const std::size_t next = k + most * width < period ? most * width : 4 * period - k;
      sum_tile<Arch, streaming>(std::make_index_sequence<most>(), f, pattern + k, period, next, 1, sums + k,
                                out + k, (in + k)...);
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

/// Elements [begin, end), which start with the pattern.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_pattern(F f, const T* pattern, std::size_t period, std::size_t begin, std::size_t end, double* sums,
                 S* out, const In*... in) {
  constexpr std::size_t width = xsimd::batch<T, Arch>::size;
  if (period == width) {
    const std::size_t rows = (end - begin) / width;
    sum_rows<Arch, streaming>(f, pattern, rows, sums, out + begin, (in + begin)...);
    begin += rows * width;
  } else if (period % width == 0) {
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
void sum_turned_pattern(F f, const T* pattern, std::size_t period, std::size_t head, std::size_t begin,
                        std::size_t end, double* sums, S* out, const In*... in) {
  constexpr std::size_t few = 256;
  sum_pattern<Arch, false>(f, pattern, period, begin, begin + head, sums, out, in...);
  Scratch<double, few> turned_sums(period);
  std::fill_n(turned_sums.data(), period, 0.0);
  sum_pattern<Arch, streaming>(f, pattern + head, period, begin + head, end, turned_sums.data(), out, in...);
  const double* from = turned_sums.data();
  for (std::size_t k = head; k < period; ++k) sums[k] += *from++;
  for (std::size_t k = 0; k < head; ++k) sums[k] += *from++;
}

/// out[i] = dy[i] f'(x[i], alpha) for begin <= i < end of flat arrays, and the sums over them of df/dalpha
/// dy, one for each position that sum_count() counts; the same of v, and of df'/dalpha v dy, from three
/// inputs. Of a pattern, begin is a multiple of the period, and end is one too, or the array's end. out may
/// be an input, but for streaming.
template <class Arch, bool streaming = false, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin,
                                                  std::size_t end, double* sums, S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  const std::size_t head = unaligned_head<V, streaming>(out + begin, end - begin);
  const std::size_t period = slopes.period();
  if (slopes.in_runs()) {
    const std::size_t body = begin + head;
    if (begin < body) sum_runs<false, Arch, false>(f, slopes, begin, body, sums, out, in...);
    if (body < end && (slopes.shape().inner | body | end) % V::size == 0)
      sum_runs<true, Arch, streaming>(f, slopes, body, end, sums, out, in...);
    else if (body < end)
      sum_runs<false, Arch, streaming>(f, slopes, body, end, sums, out, in...);
  } else if (period % V::size == 0 && head == 0) {
    sum_pattern<Arch, streaming>(f, slopes.pattern(), period, begin, end, sums, out, in...);
  } else if (period % V::size == 0 && 16 * period <= end - begin) {
    sum_turned_pattern<Arch, streaming>(f, slopes.pattern(), period, head, begin, end, sums, out, in...);
  } else {
    sum_pattern<Arch, false>(f, slopes.pattern(), period, begin, end, sums, out, in...);
  }
  simd::Store<Arch, streaming>::fence();
}

/// How many sums sum_by_channel accumulates.
template <class T, class Arch>
std::size_t sum_count(const Slopes<T, Arch>& slopes) {
  return slopes.in_runs() ? slopes.shape().channels : slopes.period();
}

/// Adds them up, in their own memory, and calls write(channel, sum).
template <class T, class Arch, class Write>
[[gnu::always_inline]] inline void fold_sums(const Slopes<T, Arch>& slopes, double* sums,
                                             const Write& write) {
  const std::size_t inner = slopes.in_runs() ? 1 : slopes.shape().inner;
  const std::size_t channels = slopes.shape().channels, period = channels * inner;
  for (std::size_t next = period; next < sum_count(slopes); next += period)
    for (std::size_t k = 0; k < period; ++k) sums[k] += sums[next + k];
  if (inner > 1)
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = sums[c * inner];
      for (std::size_t i = 1; i < inner; ++i) sum += sums[c * inner + i];
      sums[c] = sum;
    }
  for (std::size_t c = 0; c < channels; ++c) write(c, sums[c]);
}

}  // namespace rectify::kernels
