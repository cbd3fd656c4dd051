// The lower tail of the logistic function: q = e^-z / (1 + e^-z) for z >= 0.
#pragma once

#include <rectify/simd/exp.hpp>

namespace rectify::simd {

/// positive ? 1 - q : q, what rises from 0 to 1 with a symmetry, from its lower tail.
template <class Mask, class V>
[[gnu::always_inline]] inline V from_tail(Mask positive, V q) {
  return simd::select(positive, V(scalar_t<V>(1)) - q, q);
}

/// 1 + e^z as 2^lift times a divisor in two parts, so that weight / divisor is 2^lift weight q: a normal
/// number even where q is not, and with no error but that of e^z and of one division.
template <class V>
struct LogisticTail {
  Twofold<V> divisor;

  /// weight q
  [[gnu::always_inline]] V weighted(V weight) const {
    return simd::unlifted(simd::divide(weight, divisor.hi));
  }
  [[gnu::always_inline]] V q() const { return simd::divide(V(ExpTable<scalar_t<V>>::unlift), divisor.hi); }
  /// positive ? 1 - q : q, the logistic function itself.
  template <class Mask>
  [[gnu::always_inline]] V rising(Mask positive) const {
    return simd::from_tail(positive, q());
  }
  /// 2^lift q (1 - q), the derivative.
  [[gnu::always_inline]] V lifted_slope() const {
    const V up = simd::divide(V(scalar_t<V>(1)), divisor.hi);
    return simd::fma(simd::negated(simd::unlifted(up)), up, up);
  }
  /// 2^lift (z q (1 - q) - q), which passes through zero: q has to be better than q() there.
  [[gnu::always_inline]] V lifted_rest(Twofold<V> z) const {
    const auto parts = simd::quotient(Twofold<V>{V(scalar_t<V>(1)), V(scalar_t<V>(0))}, divisor);
    const V up = parts.hi + parts.lo, slope = simd::fma(simd::negated(simd::unlifted(up)), up, up);
    return simd::fma(z.lo, slope, simd::fma(z.hi, slope, simd::negated(up)));
  }
};

/// 0 <= z <= -ExpTable::least
template <class Z>
[[gnu::always_inline]] inline auto logistic_tail(Z z) {
  using V = decltype(simd::leading(z));
  using Table = ExpTable<scalar_t<V>>;
  const auto [scale, m] = simd::reduced_exp<-Table::lift>(z);
  const V rest = simd::fma(scale, m, V(Table::unlift)), divisor = scale + rest;
  return LogisticTail<V>{{divisor, (scale - divisor) + rest}};
}

}  // namespace rectify::simd
