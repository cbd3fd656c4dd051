// oneDNN 2.
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <peers.hpp>

namespace {

using namespace peers;
using dnnl::algorithm;
using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory wrap(const memory::desc& desc, const float* data) {
  return memory(desc, engine(), const_cast<float*>(data));
}

std::function<void()> run(const dnnl::primitive& primitive, const Arguments& arguments) {
  return [primitive, arguments, stream = dnnl::stream(engine())]() mutable {
    primitive.execute(stream, arguments);
    stream.wait();
  };
}

memory::desc flat(const Arrays& a) {
  return {{static_cast<memory::dim>(a.n)}, memory::data_type::f32, memory::format_tag::a};
}

dnnl::eltwise_forward::primitive_desc forward_desc(const Arrays& a, algorithm kind, float alpha) {
  return {{dnnl::prop_kind::forward_training, kind, flat(a), alpha, 0}, engine()};
}

void add_forward(Contestants& all, const std::string& name, algorithm kind, float alpha = 0) {
  all.push_back({name + " forward", "oneDNN", [kind, alpha](const Arrays& a) {
                   return run(dnnl::eltwise_forward(forward_desc(a, kind, alpha)),
                              {{DNNL_ARG_SRC, wrap(flat(a), a.x)}, {DNNL_ARG_DST, wrap(flat(a), a.out)}});
                 }});
}
void add_backward(Contestants& all, const std::string& name, algorithm kind, float alpha = 0,
                  bool from_output = false) {
  all.push_back({name + (from_output ? " backward from y" : " backward"), "oneDNN", [=](const Arrays& a) {
                   const dnnl::eltwise_backward::primitive_desc desc({kind, flat(a), flat(a), alpha, 0},
                                                                     engine(), forward_desc(a, kind, alpha));
                   return run(dnnl::eltwise_backward(desc), {{from_output ? DNNL_ARG_DST : DNNL_ARG_SRC,
                                                              wrap(flat(a), from_output ? a.y : a.x)},
                                                             {DNNL_ARG_DIFF_DST, wrap(flat(a), a.dy)},
                                                             {DNNL_ARG_DIFF_SRC, wrap(flat(a), a.out)}});
                 }});
}

void add_prelu(Contestants& all, const std::string& name, bool adjacent) {
  struct Shapes {
    memory::desc data, weights;
  };
  const auto shapes = [adjacent](const Arrays& a) {
    const auto channels = static_cast<memory::dim>(a.channels),
               rest = static_cast<memory::dim>(a.n) / channels;
    const auto single = memory::data_type::f32;
    if (adjacent)
      return Shapes{{{rest, channels}, single, memory::format_tag::ab},
                    {{1, channels}, single, memory::format_tag::ab}};
    return Shapes{{{1, channels, rest}, single, memory::format_tag::abc},
                  {{1, channels, 1}, single, memory::format_tag::abc}};
  };
  const auto forward = [](const Shapes& s) {
    return dnnl::prelu_forward::primitive_desc({dnnl::prop_kind::forward_training, s.data, s.weights},
                                               engine());
  };
  all.push_back({name + " forward", "oneDNN", [=](const Arrays& a) {
                   const Shapes s = shapes(a);
                   return run(dnnl::prelu_forward(forward(s)), {{DNNL_ARG_SRC, wrap(s.data, a.x)},
                                                                {DNNL_ARG_WEIGHTS, wrap(s.weights, a.alpha)},
                                                                {DNNL_ARG_DST, wrap(s.data, a.out)}});
                 }});
  all.push_back({name + " backward", "oneDNN", [=](const Arrays& a) {
                   const Shapes s = shapes(a);
                   const dnnl::prelu_backward::primitive_desc desc({s.data, s.weights, s.data, s.weights},
                                                                   engine(), forward(s));
                   return run(dnnl::prelu_backward(desc),
                              {{DNNL_ARG_SRC, wrap(s.data, a.x)},
                               {DNNL_ARG_WEIGHTS, wrap(s.weights, a.alpha)},
                               {DNNL_ARG_DIFF_DST, wrap(s.data, a.dy)},
                               {DNNL_ARG_DIFF_SRC, wrap(s.data, a.out)},
                               {DNNL_ARG_DIFF_WEIGHTS, memory(s.weights, engine())}});
                 }});
}

}  // namespace

void peers::add_onednn(Contestants& all) {
  add_forward(all, "ReLU", algorithm::eltwise_relu);
  add_backward(all, "ReLU", algorithm::eltwise_relu);
  add_forward(all, "LeakyReLU", algorithm::eltwise_relu, slope);
  add_backward(all, "LeakyReLU", algorithm::eltwise_relu, slope);
  add_prelu(all, "PReLU 3 adjacent", true);
  add_prelu(all, "PReLU 64 adjacent", true);
  add_prelu(all, "PReLU 64 apart", false);
  add_forward(all, "Sigmoid", algorithm::eltwise_logistic);
  add_backward(all, "Sigmoid", algorithm::eltwise_logistic_use_dst_for_bwd, 0, true);
  add_forward(all, "Tanh", algorithm::eltwise_tanh);
  add_backward(all, "Tanh", algorithm::eltwise_tanh_use_dst_for_bwd, 0, true);
  add_forward(all, "SiLU", algorithm::eltwise_swish, 1);
  add_backward(all, "SiLU", algorithm::eltwise_swish, 1);
  add_forward(all, "GELU", algorithm::eltwise_gelu_erf);
  add_backward(all, "GELU", algorithm::eltwise_gelu_erf);
  add_forward(all, "GELUTanh", algorithm::eltwise_gelu_tanh);
  add_backward(all, "GELUTanh", algorithm::eltwise_gelu_tanh);
}
