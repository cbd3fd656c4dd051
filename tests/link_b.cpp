// With link_a.cpp: the headers in two translation units of one program.
#include <gtest/gtest.h>

#include <rectify/rectify.hpp>

float leaky_in_a(float x);

TEST(Link, TwoTranslationUnits) {
  Eigen::ArrayXf v = Eigen::ArrayXf::Constant(100, -3.0f);
  rectify::LeakyReLU(0.5f).forward(v, v);
  EXPECT_EQ(leaky_in_a(-3.0f), v[99]);
}
