// A user's first program.
#include <rectify/rectify.hpp>

int main() {
  Eigen::VectorXf x(2), y;
  x << 1, -1;
  rectify::LeakyReLU(0.5f).forward(x, y);
  return y[1] == -0.5f ? 0 : 1;
}
