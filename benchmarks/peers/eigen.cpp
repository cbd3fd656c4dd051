// Eigen as people write it by hand.
#include <Eigen/Core>
#include <memory>
#include <peers.hpp>
#include <unsupported/Eigen/SpecialFunctions>

namespace {

using namespace peers;
using Map = Eigen::Map<Eigen::ArrayXf>;
using Input = Eigen::Map<const Eigen::ArrayXf>;
using Matrix = Eigen::Map<Eigen::ArrayXXf>;
using InputMatrix = Eigen::Map<const Eigen::ArrayXXf>;

/// f(x, dy, y, out) on flat arrays.
template <class F>
void add(Contestants& all, const char* operation, const char* how, F f) {
  all.push_back({operation, how, [f](const Arrays& a) {
                   const auto n = static_cast<Eigen::Index>(a.n);
                   return [f, x = Input(a.x, n), dy = Input(a.dy, n), y = Input(a.y, n),
                           out = Map(a.out, n)]() mutable { f(x, dy, y, out); };
                 }});
}

/// f(x, dy, alpha, out) on channels x elements.
template <class F>
void add_by_channel(Contestants& all, const char* operation, F f) {
  all.push_back({operation, "Eigen", [f](const Arrays& a) {
                   const auto channels = static_cast<Eigen::Index>(a.channels);
                   const auto rows = static_cast<Eigen::Index>(a.n) / channels;
                   return [f, x = InputMatrix(a.x, channels, rows), dy = InputMatrix(a.dy, channels, rows),
                           alpha = Input(a.alpha, channels),
                           out = Matrix(a.out, channels, rows)]() mutable { f(x, dy, alpha, out); };
                 }});
}

}  // namespace

void peers::add_eigen(Contestants& all) {
  add(all, "ReLU forward", "Eigen", [](auto x, auto, auto, auto& out) { out = x.cwiseMax(0.0f); });
  add(all, "ReLU backward", "Eigen",
      [](auto x, auto dy, auto, auto& out) { out = (x > 0.0f).select(dy, 0.0f); });
  add(all, "LeakyReLU forward", "Eigen",
      [](auto x, auto, auto, auto& out) { out = (x > 0.0f).select(x, slope * x); });
  add(all, "LeakyReLU forward", "Eigen, max form",
      [](auto x, auto, auto, auto& out) { out = x.cwiseMax(slope * x); });
  add(all, "LeakyReLU backward", "Eigen",
      [](auto x, auto dy, auto, auto& out) { out = (x > 0.0f).select(dy, slope * dy); });
  const auto prelu = [](auto x, auto, auto alpha, auto& out) {
    out = (x > 0.0f).select(x, x.colwise() * alpha);
  };
  const auto prelu_backward = [dalpha = Eigen::ArrayXf()](auto x, auto dy, auto alpha, auto& out) mutable {
    out = (x > 0.0f).select(dy, dy.colwise() * alpha);
    dalpha = (x > 0.0f).select(0.0f, x * dy).rowwise().sum();
  };
  for (const char* name : {"PReLU 3 adjacent", "PReLU 64 adjacent"}) {
    add_by_channel(all, (std::string(name) + " forward").c_str(), prelu);
    add_by_channel(all, (std::string(name) + " backward").c_str(), prelu_backward);
  }
  add(all, "Sigmoid forward", "Eigen", [](auto x, auto, auto, auto& out) { out = x.logistic(); });
  add(all, "Sigmoid backward from y", "Eigen",
      [](auto, auto dy, auto y, auto& out) { out = dy * y * (1.0f - y); });
  add(all, "Tanh forward", "Eigen", [](auto x, auto, auto, auto& out) { out = x.tanh(); });
  add(all, "Tanh backward from y", "Eigen",
      [](auto, auto dy, auto y, auto& out) { out = dy * (1.0f - y.square()); });
  add(all, "SiLU forward", "Eigen", [](auto x, auto, auto, auto& out) { out = x * x.logistic(); });
  add(all, "GELU forward", "Eigen",
      [](auto x, auto, auto, auto& out) { out = 0.5f * x * (1.0f + (x * 0.70710678f).erf()); });
  add(all, "GELUTanh forward", "Eigen", [](auto x, auto, auto, auto& out) {
    out = 0.5f * x * (1.0f + (0.79788456f * (x + 0.044715f * x.cube())).tanh());
  });
}
