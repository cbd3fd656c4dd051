// PyTorch's ATen.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <memory>
#include <peers.hpp>
#include <utility>

namespace {

using namespace peers;

at::Tensor tensor(const float* data, std::vector<std::int64_t> shape) {
  return at::from_blob(const_cast<float*>(data), shape);
}

struct Tensors {
  at::Tensor x, dy, y, alpha, out;
};

/// f(tensors) on flat arrays, or on elements x channels, or 1 x channels x elements.
template <class F>
void add(Contestants& all, const std::string& operation, F f) {
  all.push_back(
      {operation, "ATen", [f, operation](const Arrays& a) {
         const auto n = static_cast<std::int64_t>(a.n), channels = static_cast<std::int64_t>(a.channels);
         std::vector<std::int64_t> shape{n};
         if (operation.find("adjacent") != std::string::npos) shape = {n / channels, channels};
         if (operation.find("apart") != std::string::npos) shape = {1, channels, n / channels};
         return [f, t = Tensors{tensor(a.x, shape), tensor(a.dy, shape), tensor(a.y, shape),
                                tensor(a.alpha, {channels}), tensor(a.out, shape)}]() mutable { f(t); };
       }});
}

}  // namespace

void peers::add_aten(Contestants& all) {
  at::set_num_threads(1);
  add(all, "ReLU forward", [](Tensors& t) { at::relu_out(t.out, t.x); });
  add(all, "ReLU backward", [](Tensors& t) { at::threshold_backward_out(t.out, t.dy, t.x, 0); });
  add(all, "LeakyReLU forward", [](Tensors& t) { at::leaky_relu_out(t.out, t.x, slope); });
  add(all, "LeakyReLU backward",
      [](Tensors& t) { at::leaky_relu_backward_out(t.out, t.dy, t.x, slope, false); });
  for (const std::string name : {"PReLU 3 adjacent", "PReLU 64 adjacent", "PReLU 64 apart"}) {
    // These allocate their results; the first is copied to where it is checked.
    add(all, name + " forward", [first = true](Tensors& t) mutable {
      const at::Tensor y = at::prelu(t.x, t.alpha);
      if (std::exchange(first, false)) t.out.copy_(y);
    });
    add(all, name + " backward", [first = true](Tensors& t) mutable {
      const auto gradients = at::prelu_backward(t.dy, t.x, t.alpha);
      if (std::exchange(first, false)) t.out.copy_(std::get<0>(gradients));
    });
  }
  add(all, "Sigmoid forward", [](Tensors& t) { at::sigmoid_out(t.out, t.x); });
  add(all, "Sigmoid backward from y", [](Tensors& t) { at::sigmoid_backward_out(t.out, t.dy, t.y); });
  add(all, "Tanh forward", [](Tensors& t) { at::tanh_out(t.out, t.x); });
  add(all, "Tanh backward from y", [](Tensors& t) { at::tanh_backward_out(t.out, t.dy, t.y); });
  add(all, "SiLU forward", [](Tensors& t) { at::silu_out(t.out, t.x); });
  add(all, "SiLU backward", [](Tensors& t) { at::silu_backward_out(t.out, t.dy, t.x); });
  for (const std::string kind : {"none", "tanh"}) {
    const std::string name = kind == "none" ? "GELU" : "GELUTanh";
    add(all, name + " forward", [kind](Tensors& t) { at::gelu_out(t.out, t.x, kind); });
    add(all, name + " backward", [kind](Tensors& t) { at::gelu_backward_out(t.out, t.dy, t.x, kind); });
  }
}
