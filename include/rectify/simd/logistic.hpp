// The logistic function from its divisor: q(z) = 1 / (1 + e^z), which falls from 1 to 0.
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
struct Logistic {
  Twofold<V> divisor;

  /// weight q
  [[gnu::always_inline]] V weighted(V weight) const {
    return simd::unlifted(simd::divide(weight, divisor.hi));
  }
  [[gnu::always_inline]] V q() const { return simd::divide(V(ExpTable<scalar_t<V>>::unlift), divisor.hi); }
  /// 2^lift q (1 - q), the slope's magnitude.
  [[gnu::always_inline]] V lifted_slope() const {
    const V up = lifted_q();
    return simd::fma(simd::negated(simd::unlifted(up)), up, up);
  }
  /// 2^lift q (1 - z (1 - q)), which passes through zero; 1 - z is exact around there.
  [[gnu::always_inline]] V lifted_rest(V z) const {
    const V up = lifted_q();
    return up * simd::fma(z, simd::unlifted(up), V(scalar_t<V>(1)) - z);
  }
  /// With an error of z itself, there is less room for one of q.
  [[gnu::always_inline]] V lifted_rest(Twofold<V> z) const {
    const V up = simd::rounded_reciprocal(divisor), q = simd::unlifted(up),
            less = (V(scalar_t<V>(1)) - z.hi) - z.lo;
    return up * simd::fma(z.lo, q, simd::fma(z.hi, q, less));
  }

 private:
  [[gnu::always_inline]] V lifted_q() const { return simd::divide(V(scalar_t<V>(1)), divisor.hi); }
};

/// q(sign x). Beside a table m is not positive, so that 1 + scale m is rounded to more places than the
/// divisor.
template <int sign, class X>
[[gnu::always_inline]] inline auto logistic_of(X x) {
  using V = decltype(simd::leading(x));
  using Table = ExpTable<scalar_t<V>>;
  const auto [scale, m] = simd::reduced_exp<-Table::lift, sign>(x);
  const V rest = simd::fma(scale, m, V(Table::unlift)), divisor = scale + rest;
  return Logistic<V>{{divisor, (scale - divisor) + rest}};
}
/// 1 / (1 + e^-x) for ExpTable::least <= x <= digits; beyond that it is 1.
template <class X>
[[gnu::always_inline]] inline auto logistic(X x) {
  return simd::logistic_of<-1>(x);
}
/// 1 / (1 + e^z), the same of -z, for 0 <= z <= -ExpTable::least, the divisor in two parts.
template <class Z>
[[gnu::always_inline]] inline auto logistic_tail(Z z) {
  return simd::logistic_of<1>(z);
}

/// x, not below least, where x and e^x are 0, and not above where e^-x is less than half of 1's last place.
template <class V>
[[gnu::always_inline]] inline V logistic_range(V x) {
  using T = scalar_t<V>;
  return simd::smaller(V(T(std::numeric_limits<T>::digits)), simd::larger(V(ExpTable<T>::least), x));
}

}  // namespace rectify::simd
