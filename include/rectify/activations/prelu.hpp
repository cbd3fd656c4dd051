// PReLU: leaky ReLU whose slope is learned, one per channel.
#pragma once

#include <rectify/channelwise.hpp>
#include <rectify/simd/sign.hpp>

namespace rectify {
namespace formula {

/// f(x)        = x > 0 ? x : alpha x
/// df/dx       = x > 0 ? 1 : alpha
/// df/dalpha   = x > 0 ? 0 : x
///
/// alpha: one finite value per channel, any sign; starts at 0.25.
/// Special values: f(NaN) = NaN; the branch is the IEEE product, so alpha = 0 gives f(-inf) = NaN, f(-2) =
/// -0; df/dx(0) = df/dx(NaN) = alpha.
/// Accuracy: f and dx correctly rounded. dalpha sums products rounded once in groups of at most 8, those
/// in double precision, in an order that no number of threads changes (tests/prelu_test.cpp).
/// Form: max(x, alpha x) where all slopes are at most 1 and none is 0, else one masked product, chosen once
/// per call.
/// Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015; torch.nn.PReLU, ONNX PRelu.
template <class T>
struct PReLU {
  using Scalar = T;
  static constexpr const char* name = "PReLU";
  static constexpr int instructions = 4;
  static constexpr T init = T(0.25);

  template <class V>
  V value(V x, V alpha) const {
    return simd::scale_if(simd::not_positive(x), x, alpha);
  }
  template <class V>
  V value_gentle(V x, V alpha) const {
    return simd::larger(x, alpha * x);
  }
  template <class Mask, class V>
  V gate(Mask not_positive, V dy, V alpha) const {
    return simd::scale_if(not_positive, dy, alpha);
  }
  template <class Mask, class V>
  V alpha_gradient(Mask not_positive, V x, V dy) const {
    return simd::keep_if(not_positive, dy * x);
  }
};

}  // namespace formula

RECTIFY_CHANNELWISE(PReLU);

}  // namespace rectify
