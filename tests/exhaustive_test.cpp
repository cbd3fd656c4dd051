// All 2^32 floats through forward, backward and the masked forms, bit for bit. Run by `ctest -L slow`.
#include <testing.hpp>

namespace {

using namespace testing_tools;

/// How many elements differ; only NaNs, in few of the floats, need more than their bits.
Eigen::Index differ(const ArrayX<float>& a, const ArrayX<float>& b) {
  const auto size = static_cast<std::size_t>(a.size()) * sizeof(float);
  if (std::memcmp(a.data(), b.data(), size) == 0) return 0;
  return a.binaryExpr(b, [](float v, float w) { return !same(v, w); }).count();
}

template <class Op>
void check_all_floats(const Op& op) {
  const auto act = op.template make<float>();
  constexpr Eigen::Index n = 1 << 14;  // within L2
  ArrayX<float> x(n), y(n), slope(n), masked(n), lazy(n), f(n), df(n);
  const ArrayX<float> one = ArrayX<float>::Ones(n);
  rectify::SignMask mask;
  const auto p = op.template rounded<float>();
  for (std::uint64_t first = 0; first < std::uint64_t{1} << 32; first += n) {
    for (Eigen::Index i = 0; i < n; ++i)
      x[i] = rectify::simd::bits_as<float>(static_cast<std::uint32_t>(first + static_cast<std::uint64_t>(i)));
    act.forward(x, y, mask);
    act.backward(x, one, slope);
    act.backward(mask, one, masked);
    lazy = act(x);
    for (Eigen::Index i = 0; i < n; ++i) {
      f[i] = static_cast<float>(op.value(static_cast<double>(x[i]), p));
      df[i] = static_cast<float>(op.derivative(static_cast<double>(x[i]), p));
    }
    const Eigen::Index wrong = differ(y, f) + differ(lazy, f) + differ(slope, df) + differ(masked, df);
    ASSERT_EQ(wrong, 0) << "between the bits " << first << " and " << first + n;
  }
}

TEST(Exhaustive, ReLU) { check_all_floats(op_table::relu()); }
TEST(Exhaustive, LeakyReLU) { check_all_floats(op_table::leaky_relu(0.01)); }
TEST(Exhaustive, LeakyReLUWithNegativeSlope) { check_all_floats(op_table::leaky_relu(-0.3)); }

}  // namespace
