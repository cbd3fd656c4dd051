// SELU: ELU scaled so that activations keep zero mean and unit variance.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/exp.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x > 0 ? lambda x : lambda alpha (e^x - 1), lambda = 1.0507..., alpha = 1.6732...
/// f'(x) = x > 0 ? lambda : lambda alpha e^x
///
/// Special values: f(-inf) = -lambda alpha, f(inf) = inf, f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(0) =
/// lambda alpha, f'(-inf) = 0.
/// Accuracy: f within 2 ULP, f' within 2 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: y > 0 ? lambda : y + lambda alpha.
/// Form: lambda alpha in two parts, e^x - 1 as ELU has it.
/// Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", NIPS 2017;
/// torch.nn.SELU, ONNX Selu.
template <class T>
struct SELU {
  using Scalar = T;
  static constexpr const char* name = "SELU";
  static constexpr int instructions = 20;

  template <class V>
  V value(V x) const {
    const V m = simd::expm1(x);
    return simd::select(x >= V(T(0)), V(lambda) * x, simd::fma(m, V(slope), m * V(slope_low)));
  }
  template <class V>
  V derivative(V x) const {
    return simd::select(x > V(T(0)), V(lambda), scaled_exp(x));
  }
  template <class V>
  V second_derivative(V x) const {
    return simd::zero_if(x > V(T(0)), scaled_exp(x));
  }
  template <class V>
  V derivative_from_output(V y) const {
    return simd::select(y > V(T(0)), V(lambda), y + V(slope));
  }
  /// As PyTorch has it.
  double gain() const { return 0.75; }

 private:
  static constexpr long double exact_lambda = 1.0507009873554804934193349852946L;
  static constexpr long double exact_slope = 1.7580993408473768599402175208123L;
  static constexpr T lambda = T(exact_lambda), slope = T(exact_slope), slope_low = T(exact_slope - slope);

  template <class V>
  static V scaled_exp(V x) {
    const V up = simd::lifted_exp<-1>(simd::exp_magnitude(x)).hi;
    return simd::unlifted(up * V(slope));
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(SELU);

}  // namespace rectify
