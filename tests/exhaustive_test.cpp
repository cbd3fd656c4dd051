// All 2^32 floats through forward, backward and the masked forms, bit for bit. Run by `ctest -L slow`.
#include <testing.hpp>

namespace {

using namespace testing_tools;

template <class Op>
void check_all_floats(const Op& op) {
  const auto act = op.template make<float>();
  constexpr Eigen::Index n = 1 << 14;  // within L2
  ArrayX<float> x(n), y(n), slope(n), masked(n), lazy(n);
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
    int wrong = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      const float f = static_cast<float>(op.value(static_cast<double>(x[i]), p));
      const float df = static_cast<float>(op.derivative(static_cast<double>(x[i]), p));
      wrong += !same(y[i], f) + !same(lazy[i], f) + !same(slope[i], df) + !same(masked[i], df);
    }
    ASSERT_EQ(wrong, 0) << "between the bits " << first << " and " << first + n;
  }
}

TEST(Exhaustive, ReLU) { check_all_floats(op_table::relu()); }
TEST(Exhaustive, LeakyReLU) { check_all_floats(op_table::leaky_relu(0.01)); }
TEST(Exhaustive, LeakyReLUWithNegativeSlope) { check_all_floats(op_table::leaky_relu(-0.3)); }

}  // namespace
