// Catch2 behind LibTorch, whose logging header defines a CHECK of its own.
#pragma once

#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>

#undef CHECK

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
