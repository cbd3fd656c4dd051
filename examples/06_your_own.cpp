// Your own activation: a struct with the two formulas gets every call, on the same loops.
#include <iostream>
#include <rectify/dense.hpp>

/// Hard shrink: 0 where |x| < 0.5, x elsewhere.
struct HardShrink {
  template <class V>
  V value(V x) const {
    return x * derivative(x);
  }
  template <class V>
  V derivative(V x) const {
    using rectify::simd::not_positive;
    return rectify::simd::keep_if(not_positive(V(0.25f) - x * x), V(1.0f));
  }
};

int main() {
  const rectify::Activation<HardShrink> act;
  Eigen::ArrayXf x = Eigen::ArrayXf::LinSpaced(7, -1.5f, 1.5f), y, dx;
  act.forward(x, y);
  act.backward(x, Eigen::ArrayXf::Constant(7, 10.0f), dx);
  std::cout << "x  = " << x.transpose() << "\ny  = " << y.transpose() << "\ndx = " << dx.transpose() << "\n";
  const Eigen::ArrayXf lazy = act(x * 0.5f) + 1.0f;
  std::cout << "lazy = " << lazy.transpose() << "\n";
}
