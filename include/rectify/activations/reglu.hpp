// ReGLU: a half of the features gated by the ReLU of the other.
#pragma once

#include <rectify/activations/relu.hpp>
#include <rectify/gated.hpp>

namespace rectify {

/// y = max(gate, 0) up. Packed, the gate is the second half, as GLU has it.
/// Source: Shazeer, "GLU variants improve transformer", 2020.
RECTIFY_GATED(ReGLU, ReLU, Half::second);

}  // namespace rectify
