// The loop behind a per-channel backward pass: dx and the gradient of the slopes in one sweep.
#pragma once

#include <array>
#include <rectify/kernels/channels.hpp>
#include <rectify/kernels/map.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/stream.hpp>
#include <rectify/simd/sum.hpp>

namespace rectify::kernels {

/// The inputs of a pass: x and dy, or x, dy and v. The sign of the first one chooses, the last two multiply.
template <class S, std::size_t count>
struct Inputs {
  std::array<const S*, count> data;

  Inputs operator+(std::size_t n) const {
    Inputs moved = *this;
    for (const S*& p : moved.data) p += n;
    return moved;
  }
};

/// A vector of each input.
template <class Arch, class S, std::size_t count>
[[gnu::always_inline]] inline auto load(const Inputs<S, count>& in) {
  std::array<xsimd::batch<simd::arithmetic_t<S>, Arch>, count> v;
  for (std::size_t k = 0; k < count; ++k) v[k] = simd::load<Arch>(in.data[k]);
  return v;
}
template <class Arch, class S, std::size_t count>
auto load_part(const Inputs<S, count>& in, std::size_t n) {
  std::array<xsimd::batch<simd::arithmetic_t<S>, Arch>, count> v;
  for (std::size_t k = 0; k < count; ++k) v[k] = simd::load_part<Arch>(in.data[k], n);
  return v;
}

/// One vector of the pass: stores the gated last input, returns the elements' share of dalpha.
template <class Arch, bool streaming, class F, class S, std::size_t count, class V>
[[gnu::always_inline]] inline V step(F f, const Inputs<S, count>& in, S* out, V alpha) {
  const auto v = kernels::load<Arch>(in);
  const auto not_positive = simd::not_positive(v[0]);
  simd::Store<Arch, streaming>::whole(out, V(f.gate(not_positive, v[count - 1], alpha)));
  return f.alpha_gradient(not_positive, v[count - 2], v[count - 1]);
}

template <class Arch, class F, class S, std::size_t count, class V>
V part_step(F f, const Inputs<S, count>& in, S* out, std::size_t n, V alpha) {
  const auto v = kernels::load_part<Arch>(in, n);
  const auto not_positive = simd::not_positive(v[0]);
  simd::store_part<Arch>(out, n, V(f.gate(not_positive, v[count - 1], alpha)));
  return f.alpha_gradient(not_positive, v[count - 2], v[count - 1]);
}

/// Vectors of the pass at equal distances, all with one vector of slopes.
template <class Arch, bool streaming, class F, class In, class S, class V>
struct Column {
  F f;
  In in;
  S* out;
  std::size_t stride;
  V alpha;

  template <std::size_t count>
  [[gnu::always_inline]] V sum(std::size_t i) const {
    if constexpr (count == 1) {
      const std::size_t at = i * stride;
      return step<Arch, streaming>(f, in + at, out + at, alpha);
    } else {
      const V low = sum<count / 2>(i), high = sum<count / 2>(i + count / 2);
      return low + high;
    }
  }
};

/// The sum of `count` vectors of a column, in double precision but for pairwise groups of at most 8.
/// A group of equal terms is exact, so rounding cannot drift in one direction.
template <class Arch, bool streaming, class F, class In, class S, class V>
[[gnu::always_inline]] inline auto pairwise_sum(Column<Arch, streaming, F, In, S, V> column,
                                                std::size_t count) {
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

template <class Arch, bool streaming, class F, class T, class In, class S>
void sum_runs(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, In in, S* out,
              double* sums) {
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
        pairwise_sum(Column<Arch, streaming, F, In, S, V>{f, in + i, out + i, width, alpha}, vectors);
    i += vectors * width;
    double& total = sums[channel];
    channel = channel + 1 < channels ? channel + 1 : 0;
    if (carries || i < stop) {
      V rest = carried;
      carries = i < stop;
      if (carries) {
        const auto here = lane < V(static_cast<T>(run_end - i));
        const V both = xsimd::select(here, alpha, V(slopes.alpha()[channel]));
        const V terms = i + width <= end ? step<Arch, streaming>(f, in + i, out + i, both)
                                         : part_step<Arch>(f, in + i, out + i, end - i, both);
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
template <class Arch, bool streaming, class F, class T, class In, class S, std::size_t... column>
void sum_tile(F f, const T* pattern, std::size_t groups, In in, S* out, double* sums,
              std::index_sequence<column...>) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size, period = sizeof...(column) * width;
  const auto step = [&](std::size_t k) __attribute__((always_inline)) {
    return kernels::step<Arch, streaming>(f, in + k, out + k, V::load_unaligned(pattern + k));
  };
  const auto next_row = [&] {
    in = in + period;
    out += period;
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
template <Row row, class Arch, bool streaming, class F, class T, class In, class S>
[[gnu::always_inline]] inline void sum_row(F f, const T* pattern, std::size_t length, In in, S* out, T* group,
                                           double* sums) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const auto step = [&](std::size_t k) __attribute__((always_inline)) {
    V terms = kernels::step<Arch, streaming>(f, in + k, out + k, V::load_unaligned(pattern + k));
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
    part_step<Arch>(f, in + k, out + k, length - k, alpha).store_unaligned(terms);
    for (std::size_t j = k; j < length; ++j) sums[j] += static_cast<double>(terms[j - k]);
  }
}

/// Rows of a pattern one after another, in pieces whose sums stay in the L1 cache.
template <class Arch, bool streaming, class F, class T, class In, class S>
void sum_group(F f, const T* pattern, std::size_t period, In in, S* out, double* sums) {
  constexpr std::size_t piece = 1024;
  alignas(64) T group[piece];
  for (std::size_t k = 0; k < period; k += piece) {
    std::size_t at = k;
    const auto sum = [&](auto row) {
      sum_row<row.value, Arch, streaming>(f, pattern + k, std::min(piece, period - k), in + at, out + at,
                                          group, sums + k);
      at += period;
    };
    sum(std::integral_constant<Row, Row::first>());
    sum(std::integral_constant<Row, Row::inner>());
    sum(std::integral_constant<Row, Row::inner>());
    sum(std::integral_constant<Row, Row::last>());
  }
}

/// begin is a multiple of the pattern's period; end is one too, or the array's end.
template <class Arch, bool streaming, class F, class T, class In, class S>
void sum_pattern(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, In in, S* out,
                 double* sums) {
  constexpr std::size_t width = Slopes<T, Arch>::width;
  const std::size_t period = slopes.period(), groups = (end - begin) / (4 * period);
  const T* pattern = slopes.pattern();
  const auto tile = [&](auto columns) {
    if (period != columns.size() * width) return false;
    sum_tile<Arch, streaming>(f, pattern, groups, in + begin, out + begin, sums, columns);
    begin += groups * 4 * period;
    return true;
  };
  const bool tiled = tile(std::make_index_sequence<3>()) || tile(std::make_index_sequence<4>()) ||
                     tile(std::make_index_sequence<5>()) || tile(std::make_index_sequence<6>()) ||
                     tile(std::make_index_sequence<7>()) || tile(std::make_index_sequence<8>());
  if (!tiled && period % width == 0)
    for (; begin + 4 * period <= end; begin += 4 * period)
      sum_group<Arch, streaming>(f, pattern, period, in + begin, out + begin, sums);
  for (; begin < end; begin += period)
    sum_row<Row::alone, Arch, streaming>(f, pattern, std::min(period, end - begin), in + begin, out + begin,
                                         static_cast<T*>(nullptr), sums);
}

/// out[i] = dy[i] f'(x[i], alpha) for begin <= i < end of flat arrays, and the sums over them of df/dalpha
/// dy, one for each position that sum_count() counts; the same of v, and of df'/dalpha v dy, from three
/// inputs. out may be an input, but for streaming.
template <class Arch, bool streaming = false, class F, class T, class In, class S>
void sum_by_channel(F f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, In in, S* out,
                    double* sums) {
  using V = xsimd::batch<T, Arch>;
  if (slopes.in_runs()) {
    const std::size_t body = begin + unaligned_head<V, streaming>(out + begin, end - begin);
    if (begin < body) sum_runs<Arch, false>(f, slopes, begin, body, in, out, sums);
    if (body < end) sum_runs<Arch, streaming>(f, slopes, body, end, in, out, sums);
  } else if (streaming && slopes.period() % slopes.width == 0 &&
             simd::is_aligned(out + begin, V::size * sizeof(S))) {
    sum_pattern<Arch, streaming>(f, slopes, begin, end, in, out, sums);
  } else {
    sum_pattern<Arch, false>(f, slopes, begin, end, in, out, sums);
  }
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
