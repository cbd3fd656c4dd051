// Every refusal: its type, its words, and that nothing was written.
#include <testing.hpp>

namespace {

using namespace testing_tools;

struct Errors : testing::Test {
  const Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(3, 5), wide = Eigen::ArrayXXf::Random(3, 4);
};

TEST_F(Errors, Shapes) {
  const rectify::LeakyReLU<float> act(0.1f);
  Eigen::ArrayXXf dx = Eigen::ArrayXXf::Constant(3, 5, 7.0f);
  EXPECT_EQ(message_of([&] { act.backward(x, wide, dx); }),
            "rectify::LeakyReLU::backward: dy is 3x4 but x is 3x5");
  EXPECT_EQ(message_of([&] { act.backward_from_output(x, wide, dx); }),
            "rectify::LeakyReLU::backward_from_output: dy is 3x4 but y is 3x5");
  EXPECT_EQ(message_of([&] { act.forward(x, dx.leftCols(4)); }),
            "rectify::LeakyReLU::forward: y is 3x4 but x is 3x5");
  Eigen::Array33f fixed;
  EXPECT_EQ(message_of([&] { rectify::ReLU<float>().forward(x, fixed); }),
            "rectify::ReLU::forward: y is 3x3 but x is 3x5");
  Eigen::Array<float, Eigen::Dynamic, 1, 0, 4, 1> bounded(2);
  EXPECT_EQ(message_of([&] { act.forward(x.row(0).transpose(), bounded); }),
            "rectify::LeakyReLU::forward: y is 2x1 but x is 5x1");
  const Eigen::Tensor<float, 3> t(2, 3, 4), u(2, 3, 5);
  Eigen::Tensor<float, 3> v;
  EXPECT_EQ(message_of([&] { act.backward(t, u, v); }),
            "rectify::LeakyReLU::backward: dy is 2x3x5 but x is 2x3x4");
  EXPECT_EQ(v.size(), 0);
  EXPECT_TRUE((dx == 7.0f).all());
}

TEST_F(Errors, Masks) {
  const rectify::ReLU<float> act;
  rectify::SignMask mask;
  Eigen::ArrayXXf y, dx = Eigen::ArrayXXf::Constant(3, 4, 7.0f);
  act.forward(x, y, mask);
  EXPECT_EQ(message_of([&] { act.backward(mask, wide, dx); }),
            "rectify::ReLU::backward: dy is 3x4 but mask is 3x5");
  EXPECT_TRUE((dx == 7.0f).all());
  const Eigen::ArrayXXf transposed = x.transpose();
  EXPECT_EQ(message_of([&] { act.backward(mask, transposed, dx); }),
            "rectify::ReLU::backward: dy is 5x3 but mask is 3x5");
}

TEST_F(Errors, ChannelsAndAxes) {
  EXPECT_EQ(message_of([] { rectify::PReLU<float>(0); }),
            "rectify::PReLU::PReLU: channels is 0 but must be at least 1");
  EXPECT_EQ(message_of([] { rectify::PReLU<float>(3, -1); }),
            "rectify::PReLU::PReLU: axis is -1 but must be 0 to 7");
  Eigen::ArrayXXf y = Eigen::ArrayXXf::Constant(3, 5, 7.0f);
  Eigen::ArrayXf dalpha;
  EXPECT_EQ(message_of([&] { rectify::PReLU<float>(4, 1).forward(x, y); }),
            "rectify::PReLU::forward: x is 3x5, 5 along axis 1, but alpha has 4 channels");
  EXPECT_EQ(message_of([&] { rectify::PReLU<float>(5, 2).forward(x, y); }),
            "rectify::PReLU::forward: axis is 2 but x is 3x5, of rank 2");
  EXPECT_EQ(message_of([&] { rectify::PReLU<float>(3, 0).backward(x, wide, y, dalpha); }),
            "rectify::PReLU::backward: dy is 3x4 but x is 3x5");
  EXPECT_EQ(message_of([&] { rectify::PReLU<float>(5, 1).backward(x, x, y, dalpha.head(0)); }),
            "rectify::PReLU::backward: dalpha is 0x1 but alpha has 5 channels");
  EXPECT_TRUE((y == 7.0f).all());
}

TEST_F(Errors, Slopes) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(message_of([&] { rectify::LeakyReLU<float> act(nan); }),
            "rectify::LeakyReLU::LeakyReLU: alpha must be finite");
  EXPECT_EQ(message_of([&] { rectify::PReLU<float> act(2, 1, inf); }),
            "rectify::PReLU::PReLU: alpha is not finite");
  rectify::LeakyReLU<float> act;
  act.alpha = inf;
  Eigen::ArrayXXf y = Eigen::ArrayXXf::Constant(3, 5, 7.0f);
  EXPECT_EQ(message_of([&] { act.forward(x, y); }), "rectify::LeakyReLU::forward: alpha must be finite");
  rectify::PReLU<float> prelu(5);
  prelu.alpha[3] = nan;
  EXPECT_EQ(message_of([&] { prelu.forward(x, y); }), "rectify::PReLU::forward: alpha is not finite");
  const rectify::LeakyReLU<float> negative(-0.1f);
  EXPECT_EQ(message_of([&] { negative.backward_from_output(x, x, y); }),
            "rectify::LeakyReLU::backward_from_output: alpha must not be negative, because then y does not "
            "tell the "
            "sign of x");
  EXPECT_TRUE((y == 7.0f).all());
}

TEST_F(Errors, PartialOverlap) {
  const rectify::ReLU<float> act;
  Eigen::ArrayXXf m = Eigen::ArrayXXf::Random(6, 6), before = m;
  EXPECT_EQ(message_of([&] { act.forward(m.topRows(4), m.bottomRows(4)); }),
            "rectify::ReLU::forward: y (4x6) shares memory with x (4x6) without being the same elements in "
            "the same "
            "order");
  EXPECT_NE(message_of([&] { act.forward(m.transpose(), m); }), "nothing thrown");
  EXPECT_NE(message_of([&] { act.backward(before, m.topRows(6).leftCols(6), m.transpose()); }),
            "nothing thrown");
  // Resizing y would free what x looks at.
  EXPECT_NE(message_of([&] { act.forward(m.topRows(2), m); }), "nothing thrown");
  Eigen::Map<Eigen::ArrayXf> a(m.data(), 20), b(m.data() + 1, 20);
  EXPECT_NE(message_of([&] { act.forward(a, b); }), "nothing thrown");
  using Strided = Eigen::Map<Eigen::ArrayXf, 0, Eigen::InnerStride<>>;
  Strided even(m.data(), 10, Eigen::InnerStride<>(2)), third(m.data() + 3, 10, Eigen::InnerStride<>(3));
  EXPECT_NE(message_of([&] { act.forward(even, third); }), "nothing thrown");
  rectify::SignMask mask;
  EXPECT_NE(message_of([&] { act.forward(a, b, mask); }), "nothing thrown");
  rectify::PReLU<float> prelu(6, 1);
  Eigen::ArrayXXf dx;
  EXPECT_NE(message_of([&] { prelu.backward(m, before, dx, m.col(0)); }), "nothing thrown");
  EXPECT_NE(message_of([&] { prelu.backward(before, before, m, m.col(0)); }), "nothing thrown");
  expect_same(m, before);
}

}  // namespace
