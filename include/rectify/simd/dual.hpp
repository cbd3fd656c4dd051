// Dual numbers: a formula's value and derivative at once, for formulas that come without a derivative.
#pragma once

#include <cmath>
#include <rectify/simd/arithmetic.hpp>

// A namespace of its own, so that the functions of a batch are found where xsimd has them.
namespace rectify::dual {

using simd::scalar_t;

/// value + slope d, d^2 = 0. V is a batch, or a dual number itself for second derivatives. Functions are
/// found by argument: a formula writes exp(x), tanh(x), select(x > V(0), a, b).
template <class V>
struct Dual {
  V value, slope;

  Dual() = default;
  Dual(V value_, V slope_) : value(value_), slope(slope_) {}
  /// A constant.
  explicit Dual(scalar_t<V> constant) : value(constant), slope(scalar_t<V>(0)) {}

  friend Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  friend Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  friend Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
  friend Dual operator/(Dual a, Dual b) {
    const V ratio = a.value / b.value;
    return {ratio, (a.slope - ratio * b.slope) / b.value};
  }
  friend Dual operator-(Dual a) { return {-a.value, -a.slope}; }
  Dual& operator+=(Dual b) { return *this = *this + b; }
  Dual& operator-=(Dual b) { return *this = *this - b; }
  Dual& operator*=(Dual b) { return *this = *this * b; }
  Dual& operator/=(Dual b) { return *this = *this / b; }

  // Numbers beside dual numbers, as a batch takes them.
  friend Dual operator+(Dual a, scalar_t<V> b) { return a + Dual(b); }
  friend Dual operator-(Dual a, scalar_t<V> b) { return a - Dual(b); }
  friend Dual operator*(Dual a, scalar_t<V> b) { return a * Dual(b); }
  friend Dual operator/(Dual a, scalar_t<V> b) { return a / Dual(b); }
  friend Dual operator+(scalar_t<V> a, Dual b) { return Dual(a) + b; }
  friend Dual operator-(scalar_t<V> a, Dual b) { return Dual(a) - b; }
  friend Dual operator*(scalar_t<V> a, Dual b) { return Dual(a) * b; }
  friend Dual operator/(scalar_t<V> a, Dual b) { return Dual(a) / b; }

  // Comparisons are of the values, and give their masks.
  friend auto operator<(Dual a, Dual b) { return a.value < b.value; }
  friend auto operator>(Dual a, Dual b) { return a.value > b.value; }
  friend auto operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend auto operator>=(Dual a, Dual b) { return a.value >= b.value; }
  friend auto operator==(Dual a, Dual b) { return a.value == b.value; }
  friend auto operator!=(Dual a, Dual b) { return a.value != b.value; }

  template <class Mask>
  friend Dual select(Mask mask, Dual a, Dual b) {
    return {select(mask, a.value, b.value), select(mask, a.slope, b.slope)};
  }
  friend Dual abs(Dual x) { return select(x < Dual(scalar_t<V>(0)), -x, x); }
  friend Dual max(Dual a, Dual b) { return select(a > b, a, b); }
  friend Dual min(Dual a, Dual b) { return select(a < b, a, b); }
  friend Dual fma(Dual a, Dual b, Dual c) { return a * b + c; }

  friend Dual exp(Dual x) {
    const V y = exp(x.value);
    return {y, x.slope * y};
  }
  friend Dual expm1(Dual x) { return {expm1(x.value), x.slope * exp(x.value)}; }
  friend Dual log(Dual x) { return {log(x.value), x.slope / x.value}; }
  friend Dual log1p(Dual x) { return {log1p(x.value), x.slope / (V(scalar_t<V>(1)) + x.value)}; }
  friend Dual sqrt(Dual x) {
    const V y = sqrt(x.value);
    return {y, x.slope / (y + y)};
  }
  friend Dual sin(Dual x) { return {sin(x.value), x.slope * cos(x.value)}; }
  friend Dual cos(Dual x) { return {cos(x.value), -(x.slope * sin(x.value))}; }
  friend Dual atan(Dual x) { return {atan(x.value), x.slope / (V(scalar_t<V>(1)) + x.value * x.value)}; }
  friend Dual tanh(Dual x) {
    const V y = tanh(x.value);
    return {y, x.slope * (V(scalar_t<V>(1)) - y * y)};
  }
  friend Dual erf(Dual x) {
    const V density = V(scalar_t<V>(1.1283791670955126)) * exp(-(x.value * x.value));
    return {erf(x.value), x.slope * density};
  }
};

/// x itself, whose derivative is 1.
template <class V>
Dual<V> variable(V x) {
  return {x, V(scalar_t<V>(1))};
}

}  // namespace rectify::dual

namespace rectify::simd {

template <class V>
struct value_traits<dual::Dual<V>> {
  using scalar = scalar_t<V>;
};

}  // namespace rectify::simd
