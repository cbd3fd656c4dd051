// Strided views as lines: in which order, in which blocks over a device, and what is done with each.
#pragma once

#include <rectify/eigen/view.hpp>
#include <rectify/parallel/blocks.hpp>

namespace rectify::eigen {

template <int rank, class Out, class... In>
kernels::Lattice<1 + sizeof...(In)> lattice_of(const View<Out, rank>& y, const View<In, rank>&... x) {
  kernels::Lattice<1 + sizeof...(In)> lattice;
  for (std::size_t axis = 0; axis < rank; ++axis)
    lattice.add(y.shape.dim[axis], {y.stride[axis], x.stride[axis]...});
  lattice.merge();
  lattice.join_lines(1 + sizeof...(In), kernels::tile_lines<Out>);
  return lattice;
}

/// Calls body(begin, end) over the pieces of a strided array of n elements.
template <class Device, class Pieces, class Body>
void for_pieces(const Device& device, const Pieces& pieces, Index n, parallel::Work work, const Body& body) {
  const auto size = static_cast<std::size_t>(n), count = static_cast<std::size_t>(pieces.count());
  // Divisions cost a small array as much as its elements.
  const bool small = size <= parallel::block_elements;
  const std::size_t mean = small ? 1 : size / count + 1;
  const auto blocks =
      small ? parallel::Blocks{count, count} : parallel::split(count, parallel::block_elements / mean, 1);
  work.instructions += 4;  // for the way through a buffer
  parallel::for_blocks(device, blocks.count(), work.cycles(blocks.block * mean), [&](std::size_t i) {
    body(static_cast<std::ptrdiff_t>(blocks.begin(i)), static_cast<std::ptrdiff_t>(blocks.end(i)));
  });
}

/// What is done with each line, by a pointer: the loops over lines are compiled once for all formulas.
template <class... S>
class OnLine {
 public:
  template <class F>
  explicit OnLine(const F& f)
      : f_(&f), call_([](const void* on_line, std::size_t n, S*... memory) {
          (*static_cast<const F*>(on_line))(n, memory...);
        }) {}
  void operator()(std::size_t n, S*... memory) const { call_(f_, n, memory...); }

 private:
  const void* f_;
  void (*call_)(const void*, std::size_t, S*...);
};

/// Calls run(n, contiguous memory...) over strided views of one shape, outputs before inputs.
template <class Device, int rank, class S, class... More>
[[gnu::noinline]] void for_strided(const Device& device, parallel::Work work, OnLine<S, More...> run,
                                   const View<S, rank>& y, const View<More, rank>&... more) {
  using Arch = xsimd::default_arch;
  const kernels::Pieces<1 + sizeof...(More)> pieces{lattice_of(y, more...)};
  const auto line = [&](const auto&, std::size_t n, auto*... memory) { run(n, memory...); };
  for_pieces(device, pieces, y.shape.size(), work, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    kernels::for_each_line<Arch>(pieces, begin, end, line, y.data, more.data...);
  });
}

}  // namespace rectify::eigen
