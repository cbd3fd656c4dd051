// Half precision is storage: every call is the float call on the same values, rounded once.
#include <testing.hpp>

namespace {

using namespace testing_tools;

template <class S>
void check_storage() {
  using Array = Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic>;
  Array x(67, 13), dy(67, 13);
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    x.data()[i] = static_cast<S>(inputs<float>(67 * 13)[static_cast<std::size_t>(i)]);
    dy.data()[i] = static_cast<S>(normal_values<float>(67 * 13)[static_cast<std::size_t>(i)]);
  }
  const Eigen::ArrayXXf wide_x = x.template cast<float>(), wide_dy = dy.template cast<float>();
  const auto expect_rounded = [](const Array& a, const Eigen::ArrayXXf& wide) {
    for (Eigen::Index i = 0; i < wide.size(); ++i)
      ASSERT_PRED2(same<float>, static_cast<float>(a.data()[i]),
                   static_cast<float>(static_cast<S>(wide.data()[i])));
  };
  Array y;
  Eigen::ArrayXXf wide_y;
  const rectify::LeakyReLU<float> act(0.3f);
  act.forward(x, y);
  act.forward(wide_x, wide_y);
  expect_rounded(y, wide_y);
  expect_rounded(Array(act(x)), wide_y);
  act.forward(x.transpose(), y);
  expect_rounded(y, wide_y.transpose().eval());
  act.backward(x, dy, y);
  act.backward(wide_x, wide_dy, wide_y);
  expect_rounded(y, wide_y);
  rectify::SignMask mask;
  act.forward(x, y, mask);
  act.backward(mask, dy, y);
  expect_rounded(y, wide_y);
  const rectify::PReLU<float> prelu(13, 1);
  Eigen::ArrayXf dalpha, wide_dalpha;
  prelu.forward(x, y);
  prelu.forward(wide_x, wide_y);
  expect_rounded(y, wide_y);
  prelu.backward(x, dy, y, dalpha);
  prelu.backward(wide_x, wide_dy, wide_y, wide_dalpha);
  expect_rounded(y, wide_y);
  expect_same(dalpha, wide_dalpha);
  Eigen::Tensor<S, 3> t(3, 4, 5), ty;
  t.setConstant(static_cast<S>(-2.0f));
  act.forward(t, ty);
  EXPECT_EQ(static_cast<float>(ty(1, 2, 3)), static_cast<float>(static_cast<S>(-0.6f)));
}

TEST(Half, IEEE) { check_storage<Eigen::half>(); }
TEST(Half, BFloat16) { check_storage<Eigen::bfloat16>(); }

}  // namespace
