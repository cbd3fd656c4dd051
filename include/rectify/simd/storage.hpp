// How an element in memory becomes a lane of arithmetic and back.
#pragma once

#include <cstring>
#include <rectify/simd/batch.hpp>

namespace rectify::simd {

/// v itself. gcc loads a value once more for each of its uses, and loads are what bounds the loops.
template <class T, class Arch>
xsimd::batch<T, Arch> in_register(xsimd::batch<T, Arch> v) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__SSE2__)
  if constexpr (registers_of<T, Arch>() != Registers::other) {
    return simd::opaque(static_cast<typename xsimd::batch<T, Arch>::register_type>(v));
  }
#endif
  return v;
}

/// Storage<S>::arithmetic is the type that elements stored as S are computed in. Specialise it to store in
/// a narrower format; see eigen/half.hpp.
template <class S>
struct Storage {
  using arithmetic = S;

  template <class Arch>
  static xsimd::batch<S, Arch> load(const S* p) {
    return simd::in_register(xsimd::batch<S, Arch>::load_unaligned(p));
  }
  template <class Arch>
  static void store(S* p, xsimd::batch<S, Arch> v) {
    v.store_unaligned(p);
  }
};

template <class S>
using arithmetic_t = typename Storage<std::remove_const_t<S>>::arithmetic;

template <class Arch, class S>
auto load(const S* p) {
  return Storage<S>::template load<Arch>(p);
}

template <class Arch, class S>
void store(S* p, xsimd::batch<arithmetic_t<S>, Arch> v) {
  Storage<S>::template store<Arch>(p, v);
}

}  // namespace rectify::simd
