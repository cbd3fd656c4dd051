// Sigmoid: the logistic function, from 0 to 1.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/logistic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = 1 / (1 + e^-x)
/// f'(x) = f(x) (1 - f(x))
///
/// Special values: f(-inf) = +0, f(inf) = 1, f(NaN) = f'(NaN) = NaN; f'(+-inf) = 0.
/// Accuracy: f within 2 ULP, f' within 2.3 ULP, float and double, on every instruction set (./dev accuracy).
/// From the output: y (1 - y).
/// Form: f as written, 1 + e^-x scaled where it would overflow; f' = q - q^2 with the tail q = f(-|x|).
/// Source: torch.nn.Sigmoid, ONNX Sigmoid.
template <class T>
struct Sigmoid {
  using Scalar = T;
  static constexpr const char* name = "Sigmoid";
  static constexpr int instructions = 20;

  template <class V>
  V value(V x) const {
    return simd::logistic(simd::logistic_range(x)).q();
  }
  template <class V>
  V derivative(V x) const {
    return simd::unlifted(tail(x).lifted_slope());
  }
  template <class V>
  V second_derivative(V x) const {
    const auto t = tail(x);
    const V magnitude = simd::unlifted(t.lifted_slope() * simd::fma(V(T(-2)), t.q(), V(T(1))));
    return simd::select(x > V(T(0)), simd::negated(magnitude), magnitude);
  }
  template <class V>
  V derivative_from_output(V y) const {
    return y * (V(T(1)) - y);
  }
  /// As PyTorch has it.
  double gain() const { return 1; }

 private:
  template <class V>
  static auto tail(V x) {
    return simd::logistic_tail(simd::exp_magnitude(x));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Sigmoid);

}  // namespace rectify
