// The loop behind a per-channel backward pass: dx and the gradient of the slopes in one sweep.
#pragma once

#include <rectify/kernels/channels.hpp>
#include <rectify/simd/sign.hpp>
#include <rectify/simd/sum.hpp>

namespace rectify::kernels {

/// One vector of the backward pass: stores dx, returns the elements' share of dalpha.
template <class Arch, class F, class S, class V>
V backward_step(const F& f, const S* x, const S* dy, S* dx, V alpha) {
  const V vx = simd::load<Arch>(x), vdy = simd::load<Arch>(dy);
  const auto not_positive = simd::not_positive(vx);
  simd::store<Arch>(dx, V(f.gate(not_positive, vdy, alpha)));
  return f.alpha_gradient(not_positive, vx, vdy);
}

template <class Arch, class F, class S, class V>
V backward_part(const F& f, const S* x, const S* dy, S* dx, std::size_t n, V alpha) {
  const V vx = simd::load_part<Arch>(x, n), vdy = simd::load_part<Arch>(dy, n);
  const auto not_positive = simd::not_positive(vx);
  simd::store_part<Arch>(dx, n, V(f.gate(not_positive, vdy, alpha)));
  return f.alpha_gradient(not_positive, vx, vdy);
}

/// term(0) + ... + term(count - 1), in double precision but for pairwise groups of at most 8 terms.
/// A group of equal terms is exact, so rounding cannot drift in one direction.
template <class T, class Arch, class Term>
simd::Wide<T, Arch> pairwise_sum(std::size_t count, Term term) {
  using V = xsimd::batch<T, Arch>;
  simd::Wide<T, Arch> sum{};
  for (auto& part : sum) part = xsimd::batch<double, Arch>(0.0);
  const auto two = [&](std::size_t i) {
    const V a = term(i), b = term(i + 1);
    return V(a + b);
  };
  const auto four = [&](std::size_t i) {
    const V a = two(i), b = two(i + 2);
    return V(a + b);
  };
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const V a = four(i), b = four(i + 4);
    simd::add<T, Arch>(sum, simd::widen(V(a + b)));
  }
  if (i + 4 <= count) {
    simd::add<T, Arch>(sum, simd::widen(four(i)));
    i += 4;
  }
  if (i + 2 <= count) {
    simd::add<T, Arch>(sum, simd::widen(two(i)));
    i += 2;
  }
  if (i < count) simd::add<T, Arch>(sum, simd::widen(V(term(i))));
  return sum;
}

template <class Arch, class F, class T, class S>
void sum_runs(const F& f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
              const S* dy, S* dx, double* sums) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  const std::size_t inner = slopes.shape().inner, channels = slopes.shape().channels;
  const V lane = iota<V>();
  std::size_t run_end = (begin / inner + 1) * inner;
  std::size_t channel = begin / inner % channels;
  std::size_t i = begin;
  V carried(T(0));
  for (;;) {
    const V alpha(slopes.alpha()[channel]);
    const std::size_t stop = std::min(run_end, end);
    const std::size_t vectors = i < stop ? (stop - i) / width : 0;
    simd::Wide<T, Arch> sum = pairwise_sum<T, Arch>(vectors, [&](std::size_t k) {
      const std::size_t at = i + k * width;
      return backward_step<Arch>(f, x + at, dy + at, dx + at, alpha);
    });
    i += vectors * width;
    double& total = sums[channel];
    channel = channel + 1 < channels ? channel + 1 : 0;
    V rest = carried;
    carried = V(T(0));
    if (i < stop) {
      const auto here = lane < V(static_cast<T>(run_end - i));
      const V both = xsimd::select(here, alpha, V(slopes.alpha()[channel]));
      const V terms = i + width <= end ? backward_step<Arch>(f, x + i, dy + i, dx + i, both)
                                       : backward_part<Arch>(f, x + i, dy + i, dx + i, end - i, both);
      const V mine = simd::keep_if(here, terms);
      rest = rest + mine;
      carried = simd::zero_if(here, terms);
      i += width;
    }
    simd::add<T, Arch>(sum, simd::widen(rest));
    total += simd::sum<T, Arch>(sum);
    if (run_end >= end) return;
    run_end += inner;
  }
}

/// begin and end are multiples of the pattern's period, but for the array's end.
template <class Arch, class F, class T, class S>
void sum_pattern(const F& f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                 const S* dy, S* dx, double* sums) {
  using V = xsimd::batch<T, Arch>;
  constexpr std::size_t width = V::size;
  constexpr std::size_t most_rows = 8;
  const std::size_t period = slopes.period();
  while (begin < end) {
    const std::size_t rows = std::min(most_rows, std::max<std::size_t>(1, (end - begin) / period));
    const std::size_t length = std::min(period, end - begin);
    std::size_t k = 0;
    const auto column = [&](auto step, V alpha) {
      const auto sum_of = [&](std::size_t count) {
        return pairwise_sum<T, Arch>(count, [&](std::size_t row) {
          const std::size_t at = begin + row * period + k;
          return step(x + at, dy + at, dx + at, alpha);
        });
      };
      return rows == most_rows ? sum_of(most_rows) : sum_of(rows);
    };
    for (; k + width <= length; k += width) {
      simd::Wide<T, Arch> sum = column(
          [&](const S* px, const S* pdy, S* pdx, V alpha) { return backward_step<Arch>(f, px, pdy, pdx, alpha); },
          V::load_unaligned(slopes.pattern() + k));
      double* to = sums + k;
      for (auto part : sum) {
        (xsimd::batch<double, Arch>::load_unaligned(to) + part).store_unaligned(to);
        to += part.size;
      }
    }
    if (k < length) {
      const std::size_t n = length - k;
      const simd::Wide<T, Arch> sum = column(
          [&](const S* px, const S* pdy, S* pdx, V alpha) {
            return backward_part<Arch>(f, px, pdy, pdx, n, alpha);
          },
          simd::load_part<Arch>(slopes.pattern() + k, n));
      double lanes[width];
      double* to = lanes;
      for (auto part : sum) {
        part.store_unaligned(to);
        to += part.size;
      }
      for (std::size_t j = 0; j < n; ++j) sums[k + j] += lanes[j];
    }
    begin += rows * length;
  }
}

/// dx[i] = dy[i] f'(x[i], alpha) for begin <= i < end of the flat array, and the sums over it of df/dalpha
/// dy, one for each position that sum_count() counts. dx may be x or dy.
template <class Arch, class F, class T, class S>
void sum_by_channel(const F& f, const Slopes<T, Arch>& slopes, std::size_t begin, std::size_t end, const S* x,
                    const S* dy, S* dx, double* sums) {
  if (slopes.in_runs())
    sum_runs<Arch>(f, slopes, begin, end, x, dy, dx, sums);
  else
    sum_pattern<Arch>(f, slopes, begin, end, x, dy, dx, sums);
}

/// How many sums sum_by_channel accumulates.
template <class T, class Arch>
std::size_t sum_count(const Slopes<T, Arch>& slopes) {
  return slopes.in_runs() ? slopes.shape().channels : slopes.period();
}

/// Adds them up to one per channel.
template <class T, class Arch>
void fold_sums(const Slopes<T, Arch>& slopes, const double* sums, double* dalpha) {
  if (slopes.in_runs()) {
    for (std::size_t c = 0; c < slopes.shape().channels; ++c) dalpha[c] += sums[c];
    return;
  }
  for (std::size_t k = 0; k < slopes.period();)
    for (std::size_t c = 0; c < slopes.shape().channels; ++c)
      for (std::size_t i = 0; i < slopes.shape().inner; ++i) dalpha[c] += sums[k++];
}

}  // namespace rectify::kernels
