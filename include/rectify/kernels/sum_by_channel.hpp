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

/// One vector of the pass: stores the gated last input, returns the elements' share of dalpha.
template <class Arch, bool streaming, class F, class S, class V, class... In>
[[gnu::always_inline]] inline V step(F f, V alpha, S* out, const In*... in) {
  const V v[] = {simd::load<Arch>(in)...};
  constexpr std::size_t last = sizeof...(In) - 1;
  const auto not_positive = simd::not_positive(v[0]);
  simd::Store<Arch, streaming>::whole(out, V(f.gate(not_positive, v[last], alpha)));
  return f.alpha_gradient(not_positive, v[last - 1], v[last]);
}

template <class Arch, class F, class S, class V, class... In>
V part_step(F f, V alpha, std::size_t n, S* out, const In*... in) {
  const V v[] = {simd::load_part<Arch>(in, n)...};
  constexpr std::size_t last = sizeof...(In) - 1;
  const auto not_positive = simd::not_positive(v[0]);
  simd::store_part<Arch>(out, n, V(f.gate(not_positive, v[last], alpha)));
  return f.alpha_gradient(not_positive, v[last - 1], v[last]);
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

template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums, S* out,
              const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner, channels = slopes.shape().channels;
  const V lane = iota<V>();
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
    if (carries || i < stop) {
      V rest = carried;
      carries = i < stop;
      if (carries) {
        const auto here = lane < V(static_cast<T>(run_end - i));
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

/// Groups of four rows of a short pattern, summed down the columns in registers, in memory order. Four equal
/// terms add up without rounding, so it cannot drift in one direction; the groups are in double precision.
template <class Arch, bool streaming, class F, class T, std::size_t... column, class S, class... In>
void sum_tile(F f, const T* pattern, std::size_t groups, std::index_sequence<column...>, double* sums, S* out,
              const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, period = sizeof...(column) * width;
  const auto step = [&](std::size_t k) __attribute__((always_inline)) {
    return kernels::step<Arch, streaming>(f, V::load_unaligned(pattern + k), out + k, (in + k)...);
  };
  const auto next_row = [&] {
    out += period;
    ((in += period), ...);
  };
  for (; groups > 0; --groups) {
    V group[] = {step(column * width)...};
    next_row();
    for (int row = 1; row < 4; ++row, next_row())
      ((group[column] = group[column] + step(column * width)), ...);
    (add_to<Arch>(sums + column * width, group[column]), ...);
  }
}

enum class Row { first, inner, last, alone };

/// One row of a group of four whose sums so far are in memory.
template <Row row, class Arch, bool streaming, class F, class T, class S, class... In>
[[gnu::always_inline]] inline void sum_row(F f, const T* pattern, std::size_t length, T* group, double* sums,
                                           S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const auto step = [&](std::size_t k) __attribute__((always_inline)) {
    V terms = kernels::step<Arch, streaming>(f, V::load_unaligned(pattern + k), out + k, (in + k)...);
    if constexpr (row == Row::inner || row == Row::last) terms = V::load_aligned(group + k) + terms;
    if constexpr (row == Row::first || row == Row::inner)
      terms.store_aligned(group + k);
    else
      add_to<Arch>(sums + k, terms);
  };
  std::size_t k = 0;
  for (; k + 2 * width <= length; k += 2 * width) {
    step(k);
    step(k + width);
  }
  if (k + width <= length) {
    step(k);
    k += width;
  }
  if constexpr (row == Row::alone) {
    if (k == length) return;
    const V alpha = simd::load_part<Arch>(pattern + k, length - k);
    T terms[width];
    part_step<Arch>(f, alpha, length - k, out + k, (in + k)...).store_unaligned(terms);
    for (std::size_t j = k; j < length; ++j) sums[j] += static_cast<double>(terms[j - k]);
  }
}

/// Rows of a pattern one after another, in pieces whose sums stay in the L1 cache.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_group(F f, const T* pattern, std::size_t period, double* sums, S* out, const In*... in) {
  constexpr std::size_t piece = 1024;
  alignas(64) T group[piece];
  for (std::size_t k = 0; k < period; k += piece) {
    std::size_t at = k;
    const auto sum = [&](auto row) {
      sum_row<row.value, Arch, streaming>(f, pattern + k, std::min(piece, period - k), group, sums + k,
                                          out + at, (in + at)...);
      at += period;
    };
    sum(std::integral_constant<Row, Row::first>());
    sum(std::integral_constant<Row, Row::inner>());
    sum(std::integral_constant<Row, Row::inner>());
    sum(std::integral_constant<Row, Row::last>());
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
    const auto tile = [&](auto columns) {
      if (period != columns.size() * width) return false;
      const std::size_t groups = (end - begin) / (4 * period);
      sum_tile<Arch, streaming>(f, pattern, groups, columns, sums, out + begin, (in + begin)...);
      begin += groups * 4 * period;
      return true;
    };
    const bool tiled = tile(std::make_index_sequence<2>()) || tile(std::make_index_sequence<3>()) ||
                       tile(std::make_index_sequence<4>()) || tile(std::make_index_sequence<5>()) ||
                       tile(std::make_index_sequence<6>()) || tile(std::make_index_sequence<7>()) ||
                       tile(std::make_index_sequence<8>());
    if (!tiled)
      for (; begin + 4 * period <= end; begin += 4 * period)
        sum_group<Arch, streaming>(f, pattern, period, sums, out + begin, (in + begin)...);
  }
  for (; begin < end; begin += period)
    sum_row<Row::alone, Arch, streaming>(f, pattern, std::min(period, end - begin), static_cast<T*>(nullptr),
                                         sums, out + begin, (in + begin)...);
}

/// The same from the first whole vector of out on, with the pattern turned as far, so that no store is of two
/// cache lines, and all can be streamed.
template <class Arch, bool streaming, class F, class T, class S, class... In>
void sum_turned_pattern(F f, const T* pattern, std::size_t period, std::size_t head, std::size_t begin,
                        std::size_t end, double* sums, S* out, const In*... in) {
  constexpr std::size_t few = 256;
  sum_pattern<Arch, false>(f, pattern, period, begin, begin + head, sums, out, in...);
  Scratch<T, few> turned(period);
  Scratch<double, few> turned_sums(period);
  std::rotate_copy(pattern, pattern + head, pattern + period, turned.data());
  std::fill_n(turned_sums.data(), period, 0.0);
  sum_pattern<Arch, streaming>(f, turned.data(), period, begin + head, end, turned_sums.data(), out, in...);
  const double* from = turned_sums.data();
  for (std::size_t k = head; k < period; ++k) sums[k] += *from++;
  for (std::size_t k = 0; k < head; ++k) sums[k] += *from++;
}

/// out[i] = dy[i] f'(x[i], alpha) for begin <= i < end of flat arrays, and the sums over them of df/dalpha
/// dy, one for each position that sum_count() counts; the same of v, and of df'/dalpha v dy, from three
/// inputs. Of a pattern, begin is a multiple of the period, and end is one too, or the array's end. out may
/// be an input, but for streaming.
template <class Arch, bool streaming = false, class F, class T, class S, class... In>
void sum_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, double* sums,
                    S* out, const In*... in) {
  using V = xsimd::batch<T, Arch>;
  const std::size_t head = unaligned_head<V, streaming>(out + begin, end - begin);
  const std::size_t period = slopes.period();
  if (slopes.in_runs()) {
    const std::size_t body = begin + head;
    if (begin < body) sum_runs<Arch, false>(f, slopes, begin, body, sums, out, in...);
    if (body < end) sum_runs<Arch, streaming>(f, slopes, body, end, sums, out, in...);
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
void fold_sums(const Slopes<T, Arch>& slopes, double* sums, const Write& write) {
  const std::size_t inner = slopes.in_runs() ? 1 : slopes.shape().inner;
  const std::size_t channels = slopes.shape().channels, period = channels * inner;
  for (std::size_t next = period; next < sum_count(slopes); next += period)
    for (std::size_t k = 0; k < period; ++k) sums[k] += sums[next + k];
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = sums[c * inner];
    for (std::size_t i = 1; i < inner; ++i) sum += sums[c * inner + i];
    write(c, sum);
  }
}

}  // namespace rectify::kernels
