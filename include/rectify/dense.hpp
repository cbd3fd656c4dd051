// Everything but Eigen's Tensor module: activations on arrays and matrices.
#pragma once

#include <rectify/activations.hpp>
#include <rectify/version.hpp>
