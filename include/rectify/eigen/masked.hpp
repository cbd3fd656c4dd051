// Rectifier calls that keep or read a SignMask instead of x.
#pragma once

#include <rectify/eigen/apply.hpp>
#include <rectify/kernels/masked.hpp>
#include <rectify/kernels/sign_mask.hpp>

namespace rectify::eigen {

/// The lines of views of one shape, in the order of a mask's bits: its own strides come first.
template <int rank, class First, class... More>
kernels::Lattice<2 + sizeof...(More)> mask_lattice(bool row_major, const View<First, rank>& x,
                                                   const View<More, rank>&... more) {
  kernels::Lattice<2 + sizeof...(More)> lattice;
  Index step = 1;
  for (int k = 0; k < rank; ++k) {
    const auto axis = static_cast<std::size_t>(row_major ? rank - 1 - k : k);
    lattice.add(x.shape.dim[axis], {step, x.stride[axis], more.stride[axis]...});
    step *= x.shape.dim[axis];
  }
  lattice.merge();
  return lattice;
}

/// Calls body(offset in the array, n) for the parts of lines that make up elements [begin, begin + n).
template <std::size_t arrays, class Body>
void for_parts(const kernels::Lattice<arrays>& lattice, std::size_t array, std::size_t begin, std::size_t n,
               Body body) {
  const auto step = lattice.step();
  const auto length = static_cast<std::size_t>(lattice.line_length());
  auto line = lattice.line(static_cast<Index>(begin / length));
  for (std::size_t at = begin % length; n > 0; at = 0) {
    const std::size_t part = std::min(n, length - at);
    body(line.offset[array] + static_cast<Index>(at) * step[array], static_cast<Index>(part));
    n -= part;
    lattice.advance(line);
  }
}

/// Strided elements [begin, end), some words of the mask at a time: calls body(n, buffer, word) on the values
/// of the lattice's array 1, and puts what it leaves in the buffer to array 2, where there is one.
template <class Arch, std::size_t arrays, class S, class Body>
void for_words(const kernels::Lattice<arrays>& lattice, std::size_t begin, std::size_t end, const S* from,
               S* to, Body body) {
  constexpr std::size_t most = 512;
  const auto step = lattice.step();
  S buffer[most];
  for (; begin < end; begin += most) {
    const std::size_t n = std::min(most, end - begin);
    S* element = buffer;
    for_parts(lattice, 1, begin, n, [&](Index offset, Index part) {
      kernels::gather<Arch>(from + offset, step[1], part, element);
      element += part;
    });
    body(n, buffer, begin / 64);
    if constexpr (arrays > 2) {
      element = buffer;
      for_parts(lattice, 2, begin, n, [&](Index offset, Index part) {
        kernels::scatter<Arch>(element, part, to + offset, step[2]);
        element += part;
      });
    }
  }
}

/// v itself, where an array is read for its signs or copied alone.
inline constexpr auto unchanged = [](auto v) { return v; };

/// y = f(x) and the signs of x.
template <class Device, class F, class Out, class In>
[[gnu::always_inline]] inline void apply_to_mask(Call call, const Device& device, F f, Named<Out> out,
                                                 Named<In> in, SignMask& mask) {
  using Arch = xsimd::default_arch;
  const auto& x = evaluated(in.object);
  const auto vx = view_of(in.name, x);
  using S = std::remove_const_t<std::remove_reference_t<decltype(*vx.data)>>;
  check_overlap(call, view_of(out.name, out.object), vx);
  shape_output(call, out.name, out.object, vx);
  const auto vy = view_of(out.name, out.object);
  mask.reshape(access_t<In>::rank, vx.shape.dim.data(), vx.row_major);
  const auto& threads = parallel::device_of(device);
  constexpr auto work = work_of<F, S>(2);
  if (is_flat(vy, vx)) {
    for_stores<F>(device, vy, {vx.data}, [&](auto streaming) {
      parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
        kernels::with_form(f, [&](auto form) {
          kernels::map_to_mask<Arch, streaming>(form, end - begin, vx.data + begin, vy.data + begin,
                                                mask.words() + begin / 64);
        });
      });
    });
    return;
  }
  // The mask first, since y may be x.
  const auto lattice = mask_lattice(vx.row_major, vx);
  parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
    for_words<Arch>(lattice, begin, end, vx.data, vy.data, [&](std::size_t n, S* buffer, std::size_t word) {
      kernels::map_to_mask<Arch>(unchanged, n, buffer, buffer, mask.words() + word);
    });
  });
  map_views(device, f, vy, vx);
}

/// dx = gate(mask, dy)
template <class Device, class Gate, class Out, class In>
[[gnu::always_inline]] inline void apply_from_mask(Call call, const Device& device, Gate gate, Named<Out> out,
                                                   const SignMask& mask, Named<In> in) {
  using Arch = xsimd::default_arch;
  const auto& dy = evaluated(in.object);
  const auto vdy = view_of(in.name, dy);
  using S = std::remove_const_t<std::remove_reference_t<decltype(*vdy.data)>>;
  const auto shape = vdy.shape;
  if (!mask.has_shape(shape.rank, shape.dim.data()))
    fail(call, std::string(in.name) + " is " + to_string(shape) + " but mask is " + mask.shape_text());
  check_overlap(call, view_of(out.name, out.object), vdy);
  shape_output(call, out.name, out.object, vdy);
  const auto vdx = view_of(out.name, out.object);
  auto order = vdy;
  order.row_major = mask.row_major();
  const auto& threads = parallel::device_of(device);
  constexpr auto work = work_of<Gate, S>(2);
  if (is_flat(vdx, vdy, order)) {
    for_stores<Gate>(device, vdx, {vdy.data}, [&](auto streaming) {
      parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
        kernels::with_form(gate, [&](auto form) {
          kernels::map_from_mask<Arch, streaming>(form, end - begin, mask.words() + begin / 64,
                                                  vdy.data + begin, vdx.data + begin);
        });
      });
    });
    return;
  }
  auto from = vdy;
  if (vdy.row_major != mask.row_major() && vdx.row_major == mask.row_major()) {
    // In tiles, since an order other than the mask's is slow below.
    map_views(device, unchanged, vdx, vdy);
    from.data = vdx.data;
    from.stride = vdx.stride;
  }
  const auto lattice = mask_lattice(mask.row_major(), from, vdx);
  parallel::for_range(threads, mask.size(), work, [&](std::size_t begin, std::size_t end) {
    for_words<Arch>(lattice, begin, end, from.data, vdx.data,
                    [&](std::size_t n, S* buffer, std::size_t word) {
                      kernels::with_form(gate, [&](auto form) {
                        kernels::map_from_mask<Arch>(form, n, mask.words() + word, buffer, buffer);
                      });
                    });
  });
}

}  // namespace rectify::eigen
