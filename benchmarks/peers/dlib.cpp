// dlib.
#include <dlib/cuda/cpu_dlib.h>

#include <algorithm>
#include <memory>
#include <peers.hpp>

namespace {

using namespace peers;
using dlib::resizable_tensor;

struct State {
  resizable_tensor x, y, dy, out;

  explicit State(const Arrays& a) {
    const auto fill = [&](resizable_tensor& t, const float* from) {
      t.set_size(1, 1, 1, static_cast<long long>(a.n));
      if (from != nullptr) std::copy(from, from + a.n, t.host());
    };
    fill(x, a.x);
    fill(y, a.y);
    fill(dy, a.dy);
    fill(out, nullptr);
    out = 0;
  }
};

/// f(state); gradients are added to what is there, so the first result is the one that is checked.
template <class F>
void add(Contestants& all, const char* operation, F f) {
  all.push_back({operation, "dlib", [f](const Arrays& a) {
                   return [f, a, s = std::make_shared<State>(a), first = true]() mutable {
                     f(*s);
                     if (std::exchange(first, false)) std::copy(s->out.host(), s->out.host() + a.n, a.out);
                   };
                 }});
}

}  // namespace

void peers::add_dlib(Contestants& all) {
  namespace cpu = dlib::cpu;
  add(all, "ReLU forward", [](State& s) { cpu::relu(s.out, s.x); });
  add(all, "ReLU backward", [](State& s) { cpu::relu_gradient(s.out, s.x, s.dy); });
  add(all, "LeakyReLU forward", [](State& s) { cpu::leaky_relu(s.out, s.x, slope); });
  add(all, "LeakyReLU backward", [](State& s) { cpu::leaky_relu_gradient(s.out, s.x, s.dy, slope); });
  add(all, "Sigmoid forward", [](State& s) { cpu::sigmoid(s.out, s.x); });
  add(all, "Sigmoid backward from y", [](State& s) { cpu::sigmoid_gradient(s.out, s.y, s.dy); });
  add(all, "Tanh forward", [](State& s) { cpu::tanh(s.out, s.x); });
  add(all, "Tanh backward from y", [](State& s) { cpu::tanh_gradient(s.out, s.y, s.dy); });
  add(all, "GELU forward", [](State& s) { cpu::gelu(s.out, s.x); });
  add(all, "GELU backward", [](State& s) { cpu::gelu_gradient(s.out, s.x, s.dy); });
}
