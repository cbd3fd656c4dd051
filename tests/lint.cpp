// What clang-tidy reads: one call of everything.
#define EIGEN_USE_THREADS
#include <rectify/rectify.hpp>

void every_call() {
  const Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(3, 5);
  Eigen::ArrayXXf y, dx;
  Eigen::ArrayXf dalpha;
  rectify::SignMask mask;
  Eigen::ThreadPool pool(2);
  const Eigen::ThreadPoolDevice device(&pool, 2);
  const rectify::LeakyReLU act(0.1f);
  const rectify::PReLU<float> prelu(5, 1);
  act.forward(x, y, device);
  act.backward(x, y, dx);
  act.backward_from_output(y, y, dx);
  act.forward(x.transpose(), y, mask);
  act.backward(mask, y, dx);
  prelu.forward(x, y);
  prelu.backward(x, x, y, dalpha, device);
  Eigen::Tensor<float, 3> t(2, 3, 4), u;
  act.forward(t, u);
  u = act(t);
  y = act(x) + act.derivative(x);
  y *= static_cast<float>(mask.count());
}
