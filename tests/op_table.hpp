// One entry per activation: how to make it, and a reference that shares nothing with its formula.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <rectify/rectify.hpp>
#include <string>
#include <tuple>
#include <utility>

namespace op_table {

/// Activation A with parameters, its f and f' in double precision.
template <template <class> class A, std::size_t parameters>
struct Op {
  std::string name;
  std::array<double, parameters> parameter;
  double (*value)(double x, const std::array<double, parameters>& p);
  double (*derivative)(double x, const std::array<double, parameters>& p);
  bool from_output;  // whether f' follows from y

  template <class T>
  A<T> make() const {
    return std::apply([](auto... p) { return A<T>(static_cast<T>(p)...); }, parameter);
  }
  /// Parameters are rounded to T, as the activation holds them.
  template <class T>
  std::array<double, parameters> rounded() const {
    auto p = parameter;
    for (double& v : p) v = static_cast<double>(static_cast<T>(v));
    return p;
  }
  template <class T>
  T f(T x) const {
    return static_cast<T>(value(static_cast<double>(x), rounded<T>()));
  }
  template <class T>
  T df(T x) const {
    return static_cast<T>(derivative(static_cast<double>(x), rounded<T>()));
  }
};

using P0 = std::array<double, 0>;
using P1 = std::array<double, 1>;

inline double relu(double x, const P0&) { return x < 0 ? 0 : x; }
inline double relu_derivative(double x, const P0&) { return x > 0 ? 1 : 0; }
inline double leaky_relu(double x, const P1& p) {
  if (p[0] == 0) return x < 0 ? 0 : x;
  return x > 0 ? x : p[0] * x;
}
inline double leaky_relu_derivative(double x, const P1& p) { return x > 0 ? 1 : p[0]; }

inline Op<rectify::ReLU, 0> plain() { return {"ReLU", {}, relu, relu_derivative, true}; }
inline Op<rectify::LeakyReLU, 1> leaky(double alpha) {
  return {"LeakyReLU(" + std::to_string(alpha) + ")", {alpha}, leaky_relu, leaky_relu_derivative, alpha >= 0};
}

/// Calls visit(op) for every activation, with parameters that take each of its forms.
template <class Visit>
void for_each_op(Visit visit) {
  visit(plain());
  for (double alpha : {0.01, 0.2, 1.0, 0.0, -0.5, 3.0}) visit(leaky(alpha));
}

}  // namespace op_table
