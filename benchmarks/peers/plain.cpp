// A plain loop, as the compiler makes of it.
#include <cmath>
#include <peers.hpp>

namespace {

using namespace peers;

/// f(x, dy) for every element.
template <class F>
void add(Contestants& all, const char* operation, F f) {
  all.push_back({operation, "plain loop", [f](const Arrays& a) {
                   return [f, a] {
                     for (std::size_t i = 0; i < a.n; ++i) a.out[i] = f(a.x[i], a.dy[i]);
                   };
                 }});
}

}  // namespace

void peers::add_plain(Contestants& all) {
  add(all, "ReLU forward", [](float x, float) { return x > 0 ? x : 0; });
  add(all, "ReLU backward", [](float x, float dy) { return x > 0 ? dy : 0; });
  add(all, "LeakyReLU forward", [](float x, float) { return x > 0 ? x : slope * x; });
  add(all, "LeakyReLU backward", [](float x, float dy) { return x > 0 ? dy : slope * dy; });
  add(all, "Sigmoid forward", [](float x, float) { return 1 / (1 + std::exp(-x)); });
  add(all, "Tanh forward", [](float x, float) { return std::tanh(x); });
  add(all, "GELU forward", [](float x, float) { return x / 2 * std::erfc(-x * 0.70710678f); });
}
