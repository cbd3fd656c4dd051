// With link_b.cpp: the headers in two translation units of one program.
#include <rectify/dense.hpp>

float leaky_in_a(float x) {
  Eigen::ArrayXf v = Eigen::ArrayXf::Constant(100, x);
  rectify::LeakyReLU(0.5f).forward(v, v);
  return v[99];
}
