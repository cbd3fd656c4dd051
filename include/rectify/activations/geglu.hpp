// GEGLU: a half of the features gated by the GELU of the other.
#pragma once

#include <rectify/activations/gelu.hpp>
#include <rectify/gated.hpp>

namespace rectify {

/// y = GELU(gate) up. Packed, the gate is the second half, as GLU has it.
/// Source: Shazeer, "GLU variants improve transformer", 2020.
RECTIFY_GATED(GEGLU, GELU, Half::second);

}  // namespace rectify
