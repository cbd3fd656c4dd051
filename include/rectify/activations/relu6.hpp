// ReLU6: ReLU that does not exceed 6.
#pragma once

#include <rectify/activations/hard_tanh.hpp>

namespace rectify {
namespace formula {

/// f(x)  = min(max(x, 0), 6)
/// f'(x) = 0 < x < 6 ? 1 : 0
///
/// Special values: f(NaN) = NaN, f(-0) = -0; f'(0) = f'(6) = f'(NaN) = 0. Where f' is 0, dx = +0 whatever
/// dy is.
/// Accuracy: exact.
/// From the output: 0 < y < 6.
/// Form: HardTanh(0, 6).
/// Source: Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010; torch.nn.ReLU6, ONNX Clip.
template <class T>
struct ReLU6 {
  using Scalar = T;
  static constexpr const char* name = "ReLU6";
  static constexpr int instructions = 4;

  template <class V>
  V value(V x) const {
    return limits().value(x);
  }
  template <class V>
  V backward(V x, V dy) const {
    return limits().backward(x, dy);
  }
  template <class V>
  V second_derivative(V) const {
    return V(T(0));
  }
  template <class V>
  V backward_from_output(V y, V dy) const {
    return backward(y, dy);
  }

 private:
  static constexpr HardTanh<T> limits() { return {T(0), T(6)}; }
};

}  // namespace formula

RECTIFY_ACTIVATION(ReLU6);

}  // namespace rectify
