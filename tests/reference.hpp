// What the references of op_table.hpp are made of: the C library's functions in more precision.
#pragma once

#include <cmath>
#include <cstdio>
#include <type_traits>

namespace reference {

/// References for float are computed in double, those for double in long double.
template <class T>
using Reference = std::conditional_t<sizeof(T) == 4, double, long double>;

/// An argument of exp needs more bits still: its error is one of the result.
#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 Quad;
#else
using Quad = long double;
#endif
template <class R>
using Argument = std::conditional_t<sizeof(R) == 8, double, Quad>;

/// e^x; nearly half of `./dev accuracy` would be the C library's way of underflowing.
template <class R>
R exp(R x) {
  return x < (sizeof(R) == 8 ? -746 : -11400) ? 0 : std::exp(x);
}
template <class R, class A>
R exp_of(A argument) {
  const R high = static_cast<R>(argument);
  if (!std::isfinite(high)) return exp(high);
  return exp(high) * (1 + static_cast<R>(argument - static_cast<A>(high)));
}
template <class R>
R exp_of_product(R a, R b) {
  return exp_of<R>(static_cast<Argument<R>>(a) * static_cast<Argument<R>>(b));
}
template <class R>
R exp_of_ratio(R a, R b) {
  return exp_of<R>(static_cast<Argument<R>>(a) / static_cast<Argument<R>>(b));
}

/// 1 / (1 + e^-x), and of a b.
template <class R>
R sigmoid(R x) {
  const R e = exp(-std::abs(x));
  return (x > 0 ? 1 : e) / (1 + e);
}
template <class R>
R sigmoid_of_product(R a, R b) {
  const R e = exp_of_product(-std::abs(a), std::abs(b));
  return (a * b > 0 ? 1 : e) / (1 + e);
}
/// Sigmoid(x) Sigmoid(-x)
template <class R>
R sigmoid_slope(R x) {
  const R e = exp(-std::abs(x));
  return e / ((1 + e) * (1 + e));
}
template <class R>
R softplus(R x) {
  return x > 0 ? x + std::log1p(exp(-x)) : std::log1p(exp(x));
}

/// A product whose limit is 0 where v is, also for infinite x.
template <class R>
R times(R x, R v) {
  return v == 0 && !std::isnan(x) ? std::copysign(v, x) : x * v;
}

/// Phi(x) = erfc(-x / sqrt(2)) / 2, corrected for the rounding of the argument.
template <class R>
R normal_distribution(R x) {
  constexpr R c = static_cast<R>(0.70710678118654752440084436210485L);
  const R z = -x * c;
  if (!std::isfinite(z)) return std::erfc(z) / 2;
  const auto exact =
      -static_cast<Argument<R>>(x) *
      (static_cast<Argument<R>>(c) + static_cast<Argument<R>>(sizeof(R) == 8 ? 0.0 : 1.8950325588932571e-20));
  const R error = static_cast<R>(exact - static_cast<Argument<R>>(z));
  return (std::erfc(z) - error * static_cast<R>(1.1283791670955125739L) * exp_of_product(-z, z)) / 2;
}
template <class R>
R normal_density(R x) {
  return static_cast<R>(0.39894228040143267793994605993438L) * exp_of_product(-x / 2, x);
}

/// 2 sqrt(2 / pi) (x + 0.044715 x^3), as an argument of exp; and its derivative.
template <class R>
Argument<R> gelu_tanh_argument(R x) {
  using A = Argument<R>;
  // The long double constant and what it leaves out.
  const A c = static_cast<A>(1.595769121605730711759784239737527L) +
              static_cast<A>(sizeof(R) == 8 ? 0.0 : 5.3511777557204783e-20);
  return c * (static_cast<A>(x) +
              static_cast<A>(44715) / 1000000 * static_cast<A>(x) * static_cast<A>(x) * static_cast<A>(x));
}
template <class R>
R gelu_tanh_slope(R x) {
  return static_cast<R>(1.595769121605730711759784239737527L) * (1 + 3 * static_cast<R>(0.044715L) * x * x);
}
template <class A>
auto exp_sigmoid(A x) {
  using R = std::conditional_t<std::is_same_v<A, double>, double, long double>;
  const R e = exp_of<R>(x > 0 ? -x : x);
  return x > 0 ? 1 / (1 + e) : e / (1 + e);
}

constexpr long double selu_lambda = 1.0507009873554804934193349852946L;
constexpr long double selu_alpha = 1.6732632423543772848170429916717L;

}  // namespace reference
