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

/// Every vector of S, there and back, as Eigen converts its elements one by one.
template <class S>
void check_conversion() {
  using Arch = xsimd::default_arch;
  constexpr std::size_t width = xsimd::batch<float, Arch>::size;
  const auto check = [](const auto& floats) {
    S narrow[width];
    rectify::simd::store<Arch>(narrow, xsimd::batch<float, Arch>::load_unaligned(floats));
    float wide[width];
    rectify::simd::load<Arch>(narrow).store_unaligned(wide);
    for (std::size_t i = 0; i < width; ++i) {
      const S expected = static_cast<S>(floats[i]);
      ASSERT_SAME(static_cast<float>(narrow[i]), static_cast<float>(expected)) << floats[i];
      ASSERT_SAME(wide[i], static_cast<float>(expected)) << floats[i];
    }
  };
  // Two steps for each half: the numbers themselves, halfway between them, and a last place beside that.
  constexpr std::uint32_t step = std::is_same_v<S, Eigen::half> ? 1 << 12 : 1 << 15;
  for (std::uint32_t upper = 0; upper < (std::uint64_t{1} << 32) / step && !testing::Test::HasFatalFailure();
       upper += width)
    for (std::uint32_t beside : {0u, 1u, step - 1, step / 3}) {
      float floats[width];
      for (std::size_t i = 0; i < width; ++i)
        floats[i] = rectify::simd::bits_as<float>((upper + static_cast<std::uint32_t>(i)) * step + beside);
      check(floats);
    }
}

TEST(Half, IEEEConversion) { check_conversion<Eigen::half>(); }
TEST(Half, BFloat16Conversion) { check_conversion<Eigen::bfloat16>(); }
TEST(Half, IEEE) { check_storage<Eigen::half>(); }
TEST(Half, BFloat16) { check_storage<Eigen::bfloat16>(); }

}  // namespace
