// The error of an activation against its reference, in ULP, over any sequence of inputs.
#pragma once

#include <algorithm>
#include <limits>
#include <op_table.hpp>

namespace accuracy {

template <class T>
T number(std::uint64_t bits) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return rectify::simd::bits_as<T>(static_cast<Bits>(bits));
}

/// The distance of two neighbours of type T around an exact value.
template <class T, class R>
R ulp(R exact) {
  using L = std::numeric_limits<T>;
  R power;  // of two, not above |exact|
  if constexpr (sizeof(R) == 8) {
    power = number<R>(rectify::simd::bits_as<std::uint64_t>(exact) & std::uint64_t{0x7ff} << 52);
  } else {
    power = exact == 0 ? 0 : std::ldexp(R(1), std::ilogb(exact));
  }
  return std::clamp<R>(power, L::min(), L::max() / 2) * L::epsilon();
}

/// Infinity where one is a NaN or an infinity and the other is not.
template <class T, class R>
double error_in_ulp(T got, R exact) {
  if (got == static_cast<T>(exact)) return 0;
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : INFINITY;
  const R most = std::numeric_limits<T>::max();
  if (std::isinf(got)) return std::abs(exact) > most && (got > 0) == (exact > 0) ? 0 : INFINITY;
  return static_cast<double>(std::abs(static_cast<R>(got) - exact) / ulp<T>(exact));
}

/// That of a slope, 0 where its absolute error is allowed near a zero of f'.
template <class Op, class T, class R>
double derivative_error(const Op& op, T x, T got, R exact) {
  const double absolute = op.accuracy.absolute * static_cast<double>(std::numeric_limits<T>::epsilon());
  if (op.accuracy.near_zero(static_cast<double>(x)) &&
      std::abs(static_cast<double>(static_cast<R>(got) - exact)) <= absolute)
    return 0;
  return error_in_ulp(got, exact);
}

/// The largest error so far, and where.
template <class T>
struct Worst {
  double ulp = 0;
  T at = 0;

  void add(double error, T x) {
    if (error > ulp) {
      ulp = error;
      at = x;
    }
  }
};

template <class T>
struct Measured {
  Worst<T> value, derivative;

  void add(const Measured& other) {
    value.add(other.value.ulp, other.value.at);
    derivative.add(other.derivative.ulp, other.derivative.at);
  }
};

template <class T>
using Array = Eigen::Array<T, Eigen::Dynamic, 1>;

/// f and f' of the numbers x, against the reference.
template <class Op, class T>
Measured<T> measure(const Op& op, const Array<T>& x) {
  const auto act = op.template make<T>();
  thread_local Array<T> one, y, slope;  // new memory for each block would take a fifth of the time
  one = Array<T>::Ones(x.size());
  act.forward(x, y);
  act.backward(x, one, slope);
  Measured<T> measured;
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) continue;
    measured.value.add(error_in_ulp(y[i], op.f(x[i])), x[i]);
    measured.derivative.add(derivative_error(op, x[i], slope[i], op.df(x[i])), x[i]);
  }
  return measured;
}

}  // namespace accuracy
