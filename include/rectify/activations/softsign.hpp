// Softsign: x divided by 1 + |x|, from -1 to 1.
#pragma once

#include <rectify/activation.hpp>
#include <rectify/simd/arithmetic.hpp>

namespace rectify {
namespace formula {

/// f(x)  = x / (1 + |x|)
/// f'(x) = 1 / (1 + |x|)^2
///
/// Special values: f(+-inf) = +-1 (PyTorch: NaN), f(-0) = -0, f(NaN) = f'(NaN) = NaN; f'(+-inf) = 0.
/// Accuracy: f within 1.5 ULP, f' within 3.5 ULP, float and double, on every instruction set (./dev
/// accuracy).
/// From the output: (1 - |y|)^2.
/// Form: as written, with |x| bounded where the quotient is 1.
/// Source: Turian, Bergstra and Bengio, "Quadratic features and deep architectures for chunking", NAACL
/// 2009; torch.nn.Softsign, ONNX Softsign.
template <class T>
struct Softsign {
  using Scalar = T;
  static constexpr const char* name = "Softsign";

  template <class V>
  V value(V x) const {
    const V z = simd::bounded_magnitude(x, T(1e30));
    return simd::with_sign(simd::divide(z, V(T(1)) + z), simd::signed_zero(x));
  }
  template <class V>
  V derivative(V x) const {
    const V r = simd::divide(V(T(1)), V(T(1)) + simd::magnitude(x));
    return r * r;
  }
  template <class V>
  V second_derivative(V x) const {
    const V r = simd::divide(V(T(1)), V(T(1)) + simd::magnitude(x)), cube = V(T(2)) * r * r * r;
    return simd::select(x > V(T(0)), simd::negated(cube), cube);
  }
  template <class V>
  V derivative_from_output(V y) const {
    const V r = V(T(1)) - simd::magnitude(y);
    return r * r;
  }
};

}  // namespace formula

RECTIFY_ACTIVATION(Softsign);

}  // namespace rectify
