// Per-channel calls on Eigen objects: where the channels lie, shapes and overlap, then the kernel.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <rectify/kernels/map_by_channel.hpp>
#include <rectify/kernels/sum_by_channel.hpp>
#include <utility>

namespace rectify::eigen {

/// outer x channels x inner of a packed array whose channels lie along an axis.
template <class S, int rank>
[[gnu::always_inline]] inline kernels::ChannelShape channel_shape(const View<S, rank>& x, Index channels,
                                                                  int axis) {
  kernels::ChannelShape shape{1, static_cast<std::size_t>(channels), 1};
  if (channels == 1) {
    shape.inner = static_cast<std::size_t>(x.shape.size());
    return shape;
  }
  for (int i = 0; i < rank; ++i) {
    const bool inside = x.row_major ? i > axis : i < axis;
    if (i != axis) (inside ? shape.inner : shape.outer) *= static_cast<std::size_t>(x.shape[i]);
  }
  return shape;
}

template <class S, int rank>
[[noreturn, gnu::noinline]] void refuse_channels(Call call, View<S, rank> x, Index channels, int axis) {
  if (axis >= rank)
    fail(call, std::string("axis is ").append(std::to_string(axis)) + " but " + x.name + " is " +
                   to_string(x.shape) + ", of rank " + std::to_string(rank));
  fail(call, std::string(x.name) + " is " + to_string(x.shape) + ", " + std::to_string(x.shape[axis]) +
                 " along axis " + std::to_string(axis) + ", but alpha has " + std::to_string(channels) +
                 (channels == 1 ? " channel" : " channels"));
}

template <class S, int rank>
[[gnu::always_inline]] inline void check_channels(Call call, const View<S, rank>& x, Index channels,
                                                  int axis) {
  if (channels == 1 || (axis < rank && x.shape[axis] == channels)) return;
  refuse_channels(call, x, channels, axis);
}

/// Strided arrays with, as the last "array", the channel: it steps by 1 along the axis and by 0 elsewhere.
template <class Out, int rank, class... In>
kernels::Lattice<2 + sizeof...(In)> channel_lattice(Index channels, int axis, const View<Out, rank>& y,
                                                    const View<In, rank>&... x) {
  kernels::Lattice<2 + sizeof...(In)> lattice;
  for (std::size_t i = 0; i < rank; ++i)
    lattice.add(y.shape.dim[i],
                {y.stride[i], x.stride[i]..., channels > 1 && i == static_cast<std::size_t>(axis) ? 1 : 0});
  lattice.merge();
  lattice.join_lines(1 + sizeof...(In), kernels::tile_lines<Out>);
  return lattice;
}

/// The slopes of a flat array, their pattern aligned to the whole vectors of the output.
template <class T, class Arch, class S, int rank>
[[gnu::always_inline]] inline kernels::Slopes<T, Arch> flat_slopes(const T* alpha, const View<S, rank>& out,
                                                                   Index channels, int axis,
                                                                   kernels::Layout layout) {
  using V = xsimd::batch<T, Arch>;
  return {alpha, channel_shape(out, channels, axis), layout,
          kernels::unaligned_head<V, false>(out.data, static_cast<std::size_t>(out.shape.size()))};
}

/// Whether the channel steps along lines.
template <std::size_t arrays>
bool channels_along(const kernels::Lattice<arrays>& lattice) {
  return lattice.rank > 0 && lattice.step().back() != 0;
}

/// The slopes of a piece of a line: one for all of it, or one after the other.
template <class T, class Arch>
kernels::Slopes<T, Arch> piece_slopes(const T* alpha, bool along, std::size_t n) {
  return {alpha, along ? kernels::ChannelShape{1, n, 1} : kernels::ChannelShape{1, 1, n},
          kernels::Layout::unrolled};
}

template <class Device, class F, class T, class S, class In, int rank>
[[gnu::noinline]] void map_strided_by_channel(const Device& device, F f, const T* alpha, Index channels,
                                              int axis, const View<S, rank>& y, const View<In, rank>& x) {
  using Arch = xsimd::default_arch;
  const kernels::Pieces<3> pieces{channel_lattice(channels, axis, y, x), 2};
  constexpr auto work = work_of<F, S>(2);
  const bool along = channels_along(pieces.lattice);
  const auto line = [&](const auto& offset, std::size_t n, S* to, In* from) {
    const auto slopes = piece_slopes<T, Arch>(alpha + offset.back(), along, n);
    kernels::with_form(f, [&](auto form) { kernels::map_by_channel<Arch>(form, slopes, 0, n, from, to); });
  };
  for_pieces(device, pieces, x.shape.size(), work, [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    kernels::for_each_line<Arch>(pieces, begin, end, line, y.data, x.data);
  });
}

/// y = f(x, alpha of the channel)
template <class Device, class F, class T, class Out, class In>
[[gnu::always_inline]] inline void apply_by_channel(Call call, const Device& device, F f, const T* alpha,
                                                    Index channels, int axis, Named<Out> out, Named<In> in) {
  using Arch = xsimd::default_arch;
  const auto& x = evaluated(in.object);
  const auto vx = view_of(in.name, x);
  check_channels(call, vx, channels, axis);
  check_overlap(call, view_of(out.name, out.object), vx);
  shape_output(call, out.name, out.object, vx);
  const auto vy = view_of(out.name, out.object);
  if (vx.shape.size() == 0) return;
  if (channels == 1) {
    kernels::with_form(f, [&](auto form) { map_views(device, kernels::with_slope(form, *alpha), vy, vx); });
    return;
  }
  if (!is_flat(vy, vx)) {
    map_strided_by_channel(device, f, alpha, channels, axis, vy, vx);
    return;
  }
  constexpr auto work = work_of<F, element_t<Out>>(2);
  const auto n = static_cast<std::size_t>(vx.shape.size());
  const auto slopes = flat_slopes<T, Arch>(alpha, vy, channels, axis, kernels::Layout::unrolled);
  const auto run = [&](auto streaming) __attribute__((always_inline)) {
    const auto range = [&](std::size_t begin, std::size_t end) __attribute__((always_inline)) {
      kernels::with_form(
          f, [&](auto form) __attribute__((always_inline)) {
            kernels::map_by_channel<Arch, streaming>(form, slopes, begin, end, vx.data, vy.data);
          });
    };
    parallel::for_range(parallel::device_of(device), n, work, range);
  };
  for_stores<F>(device, vy, {vx.data}, run);
}

/// Sums of blocks, in double precision, added up in the order of the blocks whichever thread made them.
class BlockSums {
 public:
  BlockSums(std::size_t blocks, std::size_t sums) : sums_(sums), data_(blocks * sums) {
    std::fill_n(data_.data(), blocks * sums, 0.0);
  }
  double* block(std::size_t i) { return data_.data() + i * sums_; }
  /// The sums over all blocks.
  double* all(std::size_t blocks) {
    for (std::size_t i = 1; i < blocks; ++i)
      kernels::add_sums<xsimd::default_arch>(sums_, data_.data(), block(i));
    return data_.data();
  }

 private:
  std::size_t sums_;
  kernels::Scratch<double, 1024> data_;
};

/// Blocks so large that their sums are a small part of the tensor, at most 64 of them.
inline parallel::Blocks sum_blocks(std::size_t size, std::size_t sums, std::size_t grain) {
  return parallel::split(size, std::max({parallel::block_elements, size / 64, 64 * sums}), grain);
}

/// Where the sums go, one for each channel.
template <class R>
struct ChannelSums {
  R* data;
  Index step;

  void operator()(std::size_t channel, double sum) const {
    data[static_cast<Index>(channel) * step] = static_cast<R>(sum);
  }
};

/// sum_views() of strided arrays.
template <class Device, class Form, class T, class R, class S, int rank, class... In>
[[gnu::noinline]] void sum_strided(const Device& device, const Form& form, const T* alpha, Index channels,
                                   int axis, ChannelSums<R> write, const View<S, rank>& out,
                                   const View<In, rank>&... in) {
  using Arch = xsimd::default_arch;
  constexpr std::size_t inputs = sizeof...(In);
  constexpr auto work = work_of<Form, S>(1 + inputs);
  const auto n = static_cast<std::size_t>(out.shape.size());
  const kernels::Pieces<2 + inputs> pieces{channel_lattice(channels, axis, out, in...), 1 + inputs};
  const auto count = static_cast<std::size_t>(pieces.count());
  const auto blocks =
      parallel::split(count, std::max<std::size_t>(count / 64, parallel::block_elements * count / n), 1);
  BlockSums sums(blocks.count(), static_cast<std::size_t>(channels));
  const bool along = channels_along(pieces.lattice);
  parallel::for_blocks(
      parallel::device_of(device), blocks.count(), work.cycles(blocks.block * n / count), [&](std::size_t i) {
        const auto line = [&](const auto& offset, std::size_t length, S* to, auto*... from) {
          const auto slopes = piece_slopes<T, Arch>(alpha + offset.back(), along, length);
          kernels::sum_by_channel<Arch>(form, slopes, 0, length, sums.block(i) + offset.back(), to, from...);
        };
        kernels::for_each_line<Arch>(pieces, static_cast<std::ptrdiff_t>(blocks.begin(i)),
                                     static_cast<std::ptrdiff_t>(blocks.end(i)), line, out.data, in.data...);
      });
  const double* all = sums.all(blocks.count());
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) write(c, all[c]);
}

/// The pass of sum_by_channel() over views of one shape.
template <class Device, class Form, class T, class R, class S, int rank, class... In>
[[gnu::always_inline]] inline void sum_views(const Device& device, const Form& form, const T* alpha,
                                             Index channels, int axis, ChannelSums<R> write,
                                             const View<S, rank>& out, const View<In, rank>&... in) {
  using Arch = xsimd::default_arch;
  if (!is_flat(out, in...)) return sum_strided(device, form, alpha, channels, axis, write, out, in...);
  constexpr auto work = work_of<Form, S>(1 + sizeof...(In));
  const auto n = static_cast<std::size_t>(out.shape.size());
  const auto slopes = flat_slopes<T, Arch>(alpha, out, channels, axis, kernels::Layout::tiles);
  const std::size_t count = kernels::sum_count(slopes);
  const auto blocks =
      sum_blocks(n, count, slopes.loop() == kernels::Loop::pattern ? 8 * slopes.period() : 64);
  BlockSums sums(blocks.count(), count);
  for_stores<Form>(device, out, {in.data...}, [&](auto streaming) {
    parallel::for_blocks(
        parallel::device_of(device), blocks.count(), work.cycles(blocks.block), [&](std::size_t i) {
          kernels::sum_by_channel<Arch, streaming>(form, slopes, blocks.begin(i), blocks.end(i),
                                                   sums.block(i), out.data, in.data...);
        });
  });
  kernels::fold_sums(slopes, sums.all(blocks.count()), write);
}

/// The shape that lets an output hold one number per channel: its own, or what it can be resized to.
template <class Out>
auto vector_shape(Call call, const char* name, Out& out, Index channels) {
  using A = access_t<Out>;
  const auto shape = A::shape(out);
  int long_axes = 0;
  for (Index d : shape.dim) long_axes += d > 1;
  if (shape.size() == channels && long_axes <= 1) return shape;
  for (std::size_t axis = 0; axis < A::rank; ++axis) {
    auto wanted = shape;
    wanted.dim.fill(1);
    wanted.dim[axis] = channels;
    if (A::can_resize(wanted)) return wanted;
  }
  fail(call, std::string(name) + " is " + to_string(shape) + " but alpha has " + std::to_string(channels) +
                 (channels == 1 ? " channel" : " channels"));
}

/// out and the sums in one pass over x and the other inputs.
template <class Device, class Form, class T, class Out, class Sums, class First, class... More>
[[gnu::always_inline]] inline void apply_with_sum(Call call, const Device& device, const Form& form,
                                                  const T* alpha, Index channels, int axis, Named<Out> out,
                                                  Named<Sums> sums, Named<First> first, Named<More>... more) {
  const auto body = [&](const auto& x, const auto&... views) __attribute__((always_inline)) {
    check_channels(call, x, channels, axis);
    const auto old_out = view_of(out.name, out.object);
    const auto old_sums = view_of(sums.name, sums.object);
    check_overlap(call, old_out, x);
    (check_overlap(call, old_out, views), ...);
    check_overlap(call, old_sums, x, false);
    (check_overlap(call, old_sums, views, false), ...);
    check_overlap(call, old_sums, old_out, false);
    const auto sums_shape = vector_shape(call, sums.name, sums.object, channels);
    shape_output(call, out.name, out.object, x);
    if constexpr (access_t<Sums>::owns_memory)
      if (!(access_t<Sums>::shape(sums.object) == sums_shape))
        access_t<Sums>::resize(sums.object, sums_shape);
    const auto to = view_of(sums.name, sums.object);
    Index step = 1;
    for (std::size_t i = 0; i < to.stride.size(); ++i)
      if (to.shape.dim[i] > 1) step = to.stride[i];
    const ChannelSums<element_t<Sums>> write{to.data, step};
    if (x.shape.size() > 0)
      sum_views(device, form, alpha, channels, axis, write, view_of(out.name, out.object), x, views...);
    else
      for (Index c = 0; c < channels; ++c) write(static_cast<std::size_t>(c), 0);
  };
  with_views(call, body, first, more...);
}

/// The same pass from x, dy and v; gx is zero.
template <class Device, class Form, class T, class GDY, class GX, class GAlpha, class... In>
void apply_double_backward(Call call, const Device& device, const Form& form, const T* alpha, Index channels,
                           int axis, Named<GDY> gdy, Named<GX> gx, Named<GAlpha> galpha, Named<In>... in) {
  const auto run = [&](const auto& x, const auto&... more) {
    const auto vx = view_of(x.name, x.object);
    check_output(call, gdy.name, gdy.object, vx);
    check_output(call, gx.name, gx.object, vx);
    const auto old_gx = view_of(gx.name, gx.object);
    check_overlap(call, old_gx, vx);
    (check_overlap(call, old_gx, view_of(more.name, more.object)), ...);
    check_overlap(call, old_gx, view_of(gdy.name, gdy.object), false);
    check_overlap(call, old_gx, view_of(galpha.name, galpha.object), false);
    apply_with_sum(call, device, form, alpha, channels, axis, gdy, galpha, x, more...);
    shape_output(call, gx.name, gx.object, view_of(gdy.name, gdy.object));
    map_views(
        device, [](auto a) { return decltype(a)(T(0)); }, view_of(gx.name, gx.object),
        view_of(gdy.name, std::as_const(gdy.object)));
  };
  // Expressions are evaluated once, since the overlap of gx with them is asked here.
  [&](const auto&... values) { run(named(in.name, values)...); }(evaluated(in.object)...);
}

}  // namespace rectify::eigen
