// One entry per activation: how to make it, and a reference that shares nothing with its formula.
#pragma once

#include <array>
#include <rectify/rectify.hpp>
#include <reference.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace op_table {

/// The largest errors that are allowed, in ULP of the exact result.
struct Bounds {
  double value, derivative;
};
/// Around a zero of f', within two fifths of its x, an error of half an epsilon is allowed instead.
struct Accuracy {
  Bounds single, twice;
  double zero = 0;

  static constexpr double absolute = 0.5;
  bool near_zero(double x) const { return std::abs(x - zero) < 0.4 * std::abs(zero); }

  template <class T>
  const Bounds& of() const {
    return sizeof(T) == 4 ? single : twice;
  }
};
constexpr Accuracy correctly_rounded{{0.5, 0.5}, {0.5, 0.5}};

/// Whether f' follows from y; whether dx is +0 where f' is 0 whatever dy is; whether x > 0 alone decides it.
struct Traits {
  bool from_output;
  bool exact_zero = false;
  bool rectifier = false;
};

/// Activation A with parameters, its f and f' for a reference type R of more precision.
template <template <class> class A, std::size_t parameters, class Value, class Derivative>
struct Op {
  std::string name;
  std::array<double, parameters> parameter;
  Value value;
  Derivative derivative;
  Traits traits;
  Accuracy accuracy;

  template <class T>
  A<T> make() const {
    return std::apply([](auto... p) { return A<T>(static_cast<T>(p)...); }, parameter);
  }
  template <class T>
  using Reference = reference::Reference<T>;
  /// Parameters are rounded to T, as the activation holds them.
  template <class T>
  std::array<Reference<T>, parameters> rounded() const {
    std::array<Reference<T>, parameters> p{};
    for (std::size_t i = 0; i < parameters; ++i)
      p[i] = static_cast<Reference<T>>(static_cast<T>(parameter[i]));
    return p;
  }
  /// Factors of inputs by which they reach what a parameter scales.
  template <class T>
  std::vector<T> scales() const {
    std::vector<T> factors{T(1)};
    for (double p : parameter)
      if (p != 0) factors.insert(factors.end(), {static_cast<T>(p), static_cast<T>(1 / p)});
    return factors;
  }
  /// f and f', of more precision than T.
  template <class T>
  Reference<T> f(T x) const {
    return value(static_cast<Reference<T>>(x), rounded<T>());
  }
  template <class T>
  Reference<T> df(T x) const {
    return derivative(static_cast<Reference<T>>(x), rounded<T>());
  }
};

using None = std::array<double, 0>;

template <template <class> class A, std::size_t parameters, class Value, class Derivative>
auto op(const char* name, const double (&list)[parameters], Value value, Derivative derivative, Traits traits,
        Accuracy accuracy) {
  std::array<double, parameters> parameter;
  std::string text = name;
  for (std::size_t i = 0; i < parameters; ++i) {
    parameter[i] = list[i];
    std::array<char, 32> number;
    std::snprintf(number.data(), number.size(), "%s%g", i == 0 ? "(" : ", ", list[i]);
    text += number.data();
  }
  return Op<A, parameters, Value, Derivative>{text + ")", parameter, value, derivative, traits, accuracy};
}
template <template <class> class A, class Value, class Derivative>
auto op(const char* name, Value value, Derivative derivative, Traits traits, Accuracy accuracy) {
  return Op<A, 0, Value, Derivative>{name, {}, value, derivative, traits, accuracy};
}

inline auto leaky_relu(double alpha) {
  return op<rectify::LeakyReLU>(
      "LeakyReLU", {alpha},
      [](auto x, const auto& p) {
        if (p[0] == 0) return x < 0 ? 0 : x;
        return x > 0 ? x : p[0] * x;
      },
      [](auto x, const auto& p) { return x > 0 ? 1 : p[0]; }, {alpha >= 0, true, true}, correctly_rounded);
}
inline auto relu() {
  // Inlined, clang 19 takes it for x <= 0 ? 0 : x.
  return op<rectify::ReLU>(
      "ReLU", [](auto x, const auto&) __attribute__((noinline)) { return x < 0 ? 0 : x; },
      [](auto x, const auto&) { return decltype(x)(x > 0); }, {true, true, true}, correctly_rounded);
}

inline auto hard_tanh(double low) {
  return op<rectify::HardTanh>(
      "HardTanh", {low, 2.0}, [](auto x, const auto& p) { return x < p[0]   ? p[0]
                                                                 : x > p[1] ? p[1]
                                                                            : x; },
      [](auto x, const auto& p) { return decltype(x)(p[0] < x && x < p[1]); }, {true, true},
      correctly_rounded);
}
inline auto silu(double beta) {
  using namespace reference;
  return op<rectify::SiLU>(
      "SiLU", {beta}, [](auto x, const auto& p) { return times(x, sigmoid_of_product(x, p[0])); },
      [](auto x, const auto& p) {
        const auto s = sigmoid_of_product(x, p[0]), rest = sigmoid_of_product(x, -p[0]);
        return s + times(x * p[0], s * rest);
      },
      {false}, {{2, 4}, {2, 4}, -1.2784645427610738 / beta});
}

/// Calls visit(op) for an activation of each kind that the loops tell apart, with each of its forms.
template <class Visit>
void for_each_loop(Visit visit) {
  visit(relu());
  for (double alpha : {0.01, 0.0, -0.5, 3.0}) visit(leaky_relu(alpha));
  visit(hard_tanh(-1));
  for (double beta : {1.0, 1.7}) visit(silu(beta));
}

/// Calls visit(op) for every activation, with parameters that take each of its forms.
template <class Visit>
void for_each_op(Visit visit) {
  using namespace reference;
  visit(relu());
  for (double alpha : {0.01, 0.2, 1.0, 0.0, -0.5, 3.0}) visit(leaky_relu(alpha));

  visit(op<rectify::Sigmoid>(
      "Sigmoid", [](auto x, const auto&) { return sigmoid(x); },
      [](auto x, const auto&) { return sigmoid_slope(x); }, {true}, {{2, 2.3}, {2, 2.2}}));
  visit(op<rectify::Tanh>(
      "Tanh", [](auto x, const auto&) { return std::tanh(x); },
      [](auto x, const auto&) { return 4 * sigmoid_slope(2 * x); }, {true}, {{2.1, 2.3}, {2.1, 2.2}}));
  for (double beta : {1.0, 1.7, 0.2, -1.0, 3e-10, -2.5e9}) visit(silu(beta));
  visit(op<rectify::GELU>(
      "GELU", [](auto x, const auto&) { return times(x, normal_distribution(x)); },
      [](auto x, const auto&) { return normal_distribution(x) + times(x, normal_density(x)); }, {false},
      {{2, 2.9}, {2, 2.9}, -0.75179152577898}));
  visit(op<rectify::GELUTanh>(
      "GELUTanh", [](auto x, const auto&) { return times(x, exp_sigmoid(gelu_tanh_argument(x))); },
      [](auto x, const auto&) {
        const auto u = gelu_tanh_argument(x);
        const auto s = exp_sigmoid(u), rest = exp_sigmoid(-u);
        return s + times(x * gelu_tanh_slope(x), s * rest);
      },
      {false}, {{2, 4}, {2, 4}, -0.7524614}));
  for (double alpha : {1.0, 0.3, 2.5, 3e-10, 2.5e9})
    visit(op<rectify::ELU>(
        "ELU", {alpha}, [](auto x, const auto& p) { return x > 0 ? x : p[0] * std::expm1(x); },
        [](auto x, const auto& p) { return x > 0 ? 1 : p[0] * reference::exp(x); }, {true},
        {{2, 2}, {2, 2}}));
  visit(op<rectify::SELU>(
      "SELU",
      [](auto x, const auto&) {
        using R = decltype(x);
        return x > 0 ? R(selu_lambda) * x : R(selu_lambda * selu_alpha) * std::expm1(x);
      },
      [](auto x, const auto&) {
        using R = decltype(x);
        return x > 0 ? R(selu_lambda) : R(selu_lambda * selu_alpha) * reference::exp(x);
      },
      {true}, {{2, 2}, {2, 1.9}}));
  for (double alpha : {1.0, 0.3, 2.5, 3e-10, 2.5e9})
    visit(op<rectify::CELU>(
        "CELU", {alpha}, [](auto x, const auto& p) { return x > 0 ? x : p[0] * std::expm1(x / p[0]); },
        [](auto x, const auto& p) { return x > 0 ? 1 : exp_of_ratio(x, p[0]); }, {true},
        {{2, 1.1}, {2, 1.1}}));
  for (double beta : {1.0, 0.3, 2.5, 3e-10, 2.5e9})
    visit(op<rectify::Softplus>(
        "Softplus", {beta},
        [](auto x, const auto& p) {
          return (x > 0 ? x : 0) + std::log1p(exp_of_product(-std::abs(x), p[0])) / p[0];
        },
        [](auto x, const auto& p) { return sigmoid_of_product(x, p[0]); }, {true}, {{1.8, 2}, {1.8, 2}}));
  visit(op<rectify::Mish>(
      "Mish", [](auto x, const auto&) { return times(x, std::tanh(softplus(x))); },
      [](auto x, const auto&) {
        const auto sp = softplus(x), slope = 4 * sigmoid_slope(2 * sp);
        return std::tanh(sp) + times(x, slope * sigmoid(x));
      },
      {false}, {{2, 4}, {2, 4}, -1.1924312}));
  visit(op<rectify::LogSigmoid>(
      "LogSigmoid", [](auto x, const auto&) { return -softplus(-x); },
      [](auto x, const auto&) { return sigmoid(-x); }, {true}, {{1.8, 2}, {1.8, 2}}));
  visit(op<rectify::Softsign>(
      "Softsign",
      [](auto x, const auto&) {
        return std::isinf(x) ? std::copysign(decltype(x)(1), x) : x / (1 + std::abs(x));
      },
      [](auto x, const auto&) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }, {true},
      {{1.5, 3.5}, {1.5, 3.5}}));
  for (double low : {-1.0, 0.0}) visit(hard_tanh(low));
  visit(op<rectify::ReLU6>(
      "ReLU6", [](auto x, const auto&) { return x < 0   ? 0
                                                : x > 6 ? 6
                                                        : x; },
      [](auto x, const auto&) { return decltype(x)(0 < x && x < 6); }, {true, true}, correctly_rounded));
  visit(op<rectify::HardSigmoid>(
      "HardSigmoid", [](auto x, const auto&) { return x <= -3  ? 0
                                                      : x >= 3 ? 1
                                                               : (x + 3) / 6; },
      [](auto x, const auto&) { return decltype(x)(-3 < x && x < 3) / 6; }, {true, true},
      {{1.4, 0.5}, {1.4, 0.5}}));
  visit(op<rectify::HardSwish>(
      "HardSwish",
      [](auto x, const auto&) { return x <= -3  ? -decltype(x)(0)
                                       : x >= 3 ? x
                                                : x * (x + 3) / 6; },
      [](auto x, const auto&) { return x > -3 ? x < 3 ? (2 * x + 3) / 6 : 1 : 0; }, {false, true},
      {{1.9, 1.4}, {1.9, 1.4}}));
  for (double theta : {1.0, 0.0, -0.5})
    visit(op<rectify::ThresholdedReLU>(
        "ThresholdedReLU", {theta}, [](auto x, const auto& p) { return x <= p[0] ? 0 : x; },
        [](auto x, const auto& p) { return decltype(x)(x > p[0]); }, {theta >= 0, true}, correctly_rounded));
  visit(op<rectify::SquaredReLU>(
      "SquaredReLU", [](auto x, const auto&) { return x <= 0 ? 0 : x * x; },
      [](auto x, const auto&) { return x > 0 ? 2 * x : 0; }, {true, true}, {{0.5, 0.5}, {0.51, 0.5}}));
}

}  // namespace op_table
