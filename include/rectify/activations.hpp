// The list of activations.
#pragma once

#include <rectify/activations/leaky_relu.hpp>
#include <rectify/activations/prelu.hpp>
#include <rectify/activations/relu.hpp>
