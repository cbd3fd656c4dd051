// How much the last-level cache keeps.
#pragma once

#include <algorithm>
#include <cstddef>
#if defined(__unix__)
#include <unistd.h>
#endif
#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif

namespace rectify::simd {

inline bool is_amd() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_is("amd");
#else
  return false;
#endif
}

/// Bytes of the last-level cache that one core fills; 0 where nothing tells.
inline std::size_t last_level_cache() {
#if defined(__x86_64__) && defined(__GNUC__)
  // AMD's is in parts, which sysconf() adds up.
  constexpr unsigned cache_properties = 0x8000001d, level_3 = 3;
  unsigned kind, shape, sets, more;
  if (is_amd() && __get_cpuid_count(cache_properties, level_3, &kind, &shape, &sets, &more) && kind % 32 != 0)
    return ((shape >> 22) + std::size_t{1}) * ((shape >> 12) % 1024 + 1) * (shape % 4096 + 1) * (sets + 1);
#endif
#ifdef _SC_LEVEL3_CACHE_SIZE
  const long bytes = std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), sysconf(_SC_LEVEL2_CACHE_SIZE));
  if (bytes > 0) return static_cast<std::size_t>(bytes);
#endif
  return 0;
}

/// Bytes of arrays beyond which their end has pushed their beginning out of the cache: half of the last-level
/// cache, and not more than 64 MiB, because a large one is shared by many cores; of AMD's, which keeps
/// nothing that L2 has, all of a part, and not more than 16 MiB.
inline std::size_t cached_bytes() {
  static const std::size_t bytes = [] {
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    const std::size_t last_level = last_level_cache();
    if (last_level == 0) return 16 * mebibyte;
    return is_amd() ? std::min(16 * mebibyte, last_level) : std::min(64 * mebibyte, last_level / 2);
  }();
  return bytes;
}

/// Whether n elements leave even the last-level cache. Few bytes do not ask how large it is.
template <class... S>
bool leave_cache(std::size_t n) {
  constexpr std::size_t most = std::size_t{32} << 20;
  const std::size_t bytes = n * (sizeof(S) + ...);
  return bytes > most || (bytes > most / 4 && bytes > 2 * cached_bytes());
}

}  // namespace rectify::simd
