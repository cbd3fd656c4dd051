// Stores of whole vectors, either through the cache or past it.
#pragma once

#include <cstdint>
#include <rectify/simd/cache.hpp>
#include <rectify/simd/storage.hpp>

namespace rectify::simd {

/// Whether a vector of S can be streamed at all, past the cache and without reading the line first.
template <class Arch, class S>
constexpr bool can_stream = registers_of<S, Arch>() != Registers::other;

/// How a kernel stores. A streaming store needs p aligned to the vector, and a fence when all is stored.
template <class Arch, bool streaming>
struct Store {
  template <class S>
  static void whole(S* p, xsimd::batch<arithmetic_t<S>, Arch> v) {
    [[maybe_unused]] constexpr Registers registers = registers_of<S, Arch>();
    [[maybe_unused]] constexpr bool single = std::is_same_v<S, float>;
    // Qualified, since xsimd has a store() of its own that wants aligned memory.
    if constexpr (!streaming || registers == Registers::other) simd::store<Arch>(p, v);
#ifdef __SSE2__
    if constexpr (streaming && registers == Registers::sse) {
      if constexpr (single)
        _mm_stream_ps(p, v);
      else
        _mm_stream_pd(p, v);
    }
#endif
#ifdef __AVX__
    if constexpr (streaming && registers == Registers::avx) {
      if constexpr (single)
        _mm256_stream_ps(p, v);
      else
        _mm256_stream_pd(p, v);
    }
#endif
#ifdef __AVX512F__
    if constexpr (streaming && registers == Registers::avx512) {
      if constexpr (single)
        _mm512_stream_ps(p, v);
      else
        _mm512_stream_pd(p, v);
    }
#endif
  }

  static void fence() {
#ifdef __SSE2__
    if constexpr (streaming) _mm_sfence();
#endif
  }
};

constexpr std::size_t line_bytes = 64;

/// Whether loops ask for lines ahead: vectors of a whole line take so few instructions that the processor
/// looks far enough ahead by itself.
template <class V>
constexpr bool asks_ahead = sizeof(V) < line_bytes;

/// How many vectors a loop loads before it stores, at least: two lines past the cache (see store_each()).
template <class V, bool streaming>
constexpr std::size_t vectors_at_once = !streaming || !asks_ahead<V> ? 4 : 2 * line_bytes / sizeof(V);

/// Whether loads from x wait for the stores to y just before them, since y follows within a line but for
/// whole pages, as arrays of one heap do. Streaming stores keep them waiting for 2.3 times the time of a
/// pass.
template <class S>
bool waits_for(const S* x, const S* y) {
  const auto distance = (reinterpret_cast<std::uintptr_t>(y) - reinterpret_cast<std::uintptr_t>(x)) % 4096;
  return distance > 0 && distance < line_bytes;
}

/// Whether vector k of a loop's turn begins a line.
template <class V, class S>
constexpr bool begins_line(std::size_t k) {
  return k * V::size * sizeof(S) % line_bytes == 0;
}

/// Asks for the lines 384 bytes after vector k, where they find no place in the cache to come back to: not to
/// make room for them takes 0.65 to 0.85 of the time at 64 MiB, 0.85 to 1 at 256 MiB.
template <class V, class... S>
[[gnu::always_inline]] inline void ask_past(std::size_t k, const S*... p) {
  if (!asks_ahead<V> || !(begins_line<V, S>(k) && ...)) return;
  (__builtin_prefetch(p + 384 / sizeof(S), 0, 0), ...);
}

/// How many pages to stream to in turn: Intel's memory has several banks to open (1.2 times as fast as one
/// page after another), AMD's likes them in order (1.3 times as fast as four in turn).
inline std::size_t pages_in_turn() { return is_amd() ? 1 : 4; }

template <class S>
bool is_aligned(const S* p, std::size_t bytes) {
  return reinterpret_cast<std::uintptr_t>(p) % bytes == 0;
}

}  // namespace rectify::simd
