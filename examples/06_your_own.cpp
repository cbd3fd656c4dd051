// Your own activation: a struct with a formula gets every call, on the same loops. Its derivatives come from
// dual numbers, or from a `derivative` of its own.
#include <iostream>
#include <rectify/dense.hpp>

/// A smooth |x|: log(cosh(x)), without overflow.
struct LogCosh {
  template <class V>
  V value(V x) const {
    return abs(x) + log1p(exp(V(-2.0f) * abs(x))) - V(0.69314718f);
  }
};

int main() {
  const rectify::Activation<LogCosh> act;
  const Eigen::ArrayXf x = Eigen::ArrayXf::LinSpaced(7, -1.5f, 1.5f);
  Eigen::ArrayXf y, dx;
  act.forward(x, y);
  act.backward(x, Eigen::ArrayXf::Ones(7), dx);
  std::cout << "x   = " << x.transpose() << "\nf   = " << y.transpose() << "\nf'  = " << dx.transpose()
            << "\nf'' = " << act.second_derivative(x).transpose() << "\n";
  const Eigen::ArrayXf lazy = act(x * 0.5f) + 1.0f;
  std::cout << "lazy = " << lazy.transpose() << "\n";
}
