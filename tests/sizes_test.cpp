// Every size from 0 to 4 vectors + 3 at every misalignment, between pages that must not be touched.
#include <sys/mman.h>
#include <unistd.h>

#include <testing.hpp>

namespace {

using namespace testing_tools;

/// Memory between two guard pages: reading or writing beyond it ends the test.
class Guarded {
 public:
  Guarded() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    memory_ = static_cast<char*>(mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory_ + page_, page_, PROT_READ | PROT_WRITE);
  }
  ~Guarded() { munmap(memory_, 3 * page_); }
  Guarded(const Guarded&) = delete;

  /// n elements that end `gap` bytes before the upper guard.
  template <class T>
  T* ending(std::size_t n, std::size_t gap) {
    return reinterpret_cast<T*>(memory_ + 2 * page_ - gap - n * sizeof(T));
  }
  /// Elements from the lower guard on.
  template <class T>
  T* beginning() {
    return reinterpret_cast<T*>(memory_ + page_);
  }

 private:
  std::size_t page_;
  char* memory_;
};

constexpr std::size_t register_bytes = sizeof(xsimd::batch<float>);

template <class T>
using Vector = Eigen::Map<ArrayX<T>>;

template <class T, class Body>
void for_each_placement(Body body) {
  Guarded a, b, c;
  const std::size_t most = 4 * register_bytes / sizeof(T) + 3;
  for (std::size_t n = 0; n <= most; ++n) {
    const auto count = static_cast<Eigen::Index>(n);
    for (std::size_t gap = 0; gap < register_bytes; gap += sizeof(T))
      body(Vector<T>(a.ending<T>(n, gap), count), Vector<T>(b.ending<T>(n, 0), count),
           Vector<T>(c.ending<T>(n, gap / 2 / sizeof(T) * sizeof(T)), count));
    body(Vector<T>(a.beginning<T>(), count), Vector<T>(b.beginning<T>(), count),
         Vector<T>(c.beginning<T>(), count));
  }
}

TEST(Sizes, ElementWise) {
  for_each_loop_case([](const auto& op, auto t) {
    using T = decltype(t);
    const auto act = op.template make<T>();
    const auto values = inputs<T>(200), gradients = normal_values<T>(200);
    rectify::SignMask mask;
    for_each_placement<T>([&](auto x, auto dy, auto out) {
      x = Eigen::Map<const ArrayX<T>>(values.data(), x.size());
      dy = Eigen::Map<const ArrayX<T>>(gradients.data(), x.size());
      act.forward(x, out);
      for (Eigen::Index i = 0; i < x.size(); ++i) ASSERT_PRED2(same<T>, out[i], act(x[i]));
      act.backward(x, dy, out);
      for (Eigen::Index i = 0; i < x.size(); ++i)
        ASSERT_PRED2(same<T>, out[i], gradient(op.traits, act.derivative(x[i]), dy[i]));
      if constexpr (rectify::kernels::is_rectifier<formula_t<decltype(op.template make<T>())>, T>) {
        ArrayX<T> masked(x.size());
        act.backward(x, dy, masked);
        act.forward(x, out, mask);
        for (Eigen::Index i = 0; i < x.size(); ++i) {
          ASSERT_PRED2(same<T>, out[i], act(x[i]));
          ASSERT_EQ(mask[static_cast<std::size_t>(i)], x[i] > 0);
        }
        act.backward(mask, dy, out);
        for (Eigen::Index i = 0; i < x.size(); ++i) ASSERT_PRED2(same<T>, masked[i], out[i]);
      }
      // Two outputs: gdy where out lies, gx beside it.
      ArrayX<T> gx(x.size());
      act.double_backward(x, dy, dy, out, gx);
      for (Eigen::Index i = 0; i < x.size(); ++i) {
        ASSERT_PRED2(same<T>, out[i], gradient(op.traits, act.derivative(x[i]), dy[i]));
        ASSERT_PRED2(same<T>, gx[i],
                     op.traits.rectifier ? T(0) : dy[i] * dy[i] * act.second_derivative(x[i]));
      }
    });
  });
}

TEST(Sizes, WordsOfAMaskWhereverTheOutputBegins) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    const rectify::LeakyReLU<T> act(T(0.1));
    const auto values = inputs<T>(200), gradients = normal_values<T>(200);
    ArrayX<T> memory(200 + 16), expected;
    rectify::SignMask mask;
    // Streaming stores whole vectors where the output is aligned, for any size.
    for (auto stores : {rectify::Stores::cached, rectify::Stores::streaming})
      for (Eigen::Index n = 0; n <= 200; ++n)
        for (Eigen::Index offset = 0; offset < 16; ++offset) {
          const Eigen::Map<const ArrayX<T>> x(values.data(), n), dy(gradients.data(), n);
          Vector<T> out(memory.data() + offset, n);
          act.forward(x, out, mask, rectify::with(stores));
          act.forward(x, expected);
          expect_same(out, expected);
          for (Eigen::Index i = 0; i < n; ++i) ASSERT_EQ(mask[static_cast<std::size_t>(i)], x[i] > 0);
          ASSERT_EQ(mask.count(), static_cast<std::size_t>((x > T(0)).count()));
          act.backward(mask, dy, out, rectify::with(stores));
          act.backward(x, dy, expected);
          expect_same(out, expected);
        }
  });
}

TEST(Sizes, PReLUInEveryChannelOrder) {
  for_each_scalar([](auto t) {
    using T = decltype(t);
    const auto values = inputs<T>(200), gradients = normal_values<T>(200);
    for_each_placement<T>([&](auto x, auto dy, auto dx) {
      x = Eigen::Map<const ArrayX<T>>(values.data(), x.size());
      dy = Eigen::Map<const ArrayX<T>>(gradients.data(), x.size());
      for (Eigen::Index channels : {1, 2, 3, 5, 16}) {
        if (x.size() % channels != 0) continue;
        rectify::PReLU<T> prelu(channels, 0);
        prelu.alpha = ArrayX<T>::LinSpaced(channels, T(-0.5), T(1.5));
        // Channels next to each other in memory, then far apart.
        for (int axis : {0, 1}) {
          const Eigen::Index rows = axis == 0 ? channels : x.size() / channels;
          const Eigen::Index cols = axis == 0 ? x.size() / channels : channels;
          prelu.axis = axis;
          using Grid = Eigen::Map<ArrayXX<T>>;
          Grid gx(x.data(), rows, cols), gdy(dy.data(), rows, cols), gdx(dx.data(), rows, cols);
          ArrayX<T> dalpha;
          prelu.forward(gx, gdx);
          for (Eigen::Index j = 0; j < cols; ++j)
            for (Eigen::Index i = 0; i < rows; ++i) {
              const T slope = prelu.alpha[axis == 0 ? i : j];
              ASSERT_PRED2(same<T>, gdx(i, j), gx(i, j) > 0 ? gx(i, j) : slope * gx(i, j));
            }
          prelu.backward(gx, gdy, gdx, dalpha);
          ArrayX<double> sums = ArrayX<double>::Zero(channels);
          for (Eigen::Index j = 0; j < cols; ++j)
            for (Eigen::Index i = 0; i < rows; ++i) {
              const Eigen::Index channel = axis == 0 ? i : j;
              const T slope = prelu.alpha[channel];
              ASSERT_PRED2(same<T>, gdx(i, j), gx(i, j) > 0 ? gdy(i, j) : slope * gdy(i, j));
              if (!(gx(i, j) > 0))
                sums[channel] += static_cast<double>(gdy(i, j)) * static_cast<double>(gx(i, j));
            }
          for (Eigen::Index c = 0; c < channels; ++c) {
            const double sum = static_cast<double>(dalpha[c]);
            if (std::isfinite(sums[c]) &&
                std::abs(sums[c]) < static_cast<double>(std::numeric_limits<T>::max())) {
              ASSERT_NEAR(sum, sums[c], 1e-5 * (1 + std::abs(sums[c])));
            } else {
              ASSERT_FALSE(std::isfinite(sum));
            }
          }
        }
      }
    });
  });
}

}  // namespace
