// A morph: keyframes on a strip, and the picture at any point of it.
#pragma once

#include <cstdint>
#include <span>

#include "shared/latent/link.hpp"

namespace avae {

/// Stretches between keyframes: a loop also has one from the last to the first. 0 for fewer than two keyframes.
int morph_segments(int keyframes, bool loop);

/// The strip position of keyframe `index`, 0..65535.
std::uint16_t keyframe_position(int index, int keyframes, bool loop);

/// The quantised sample at `position` (0..65535 of the strip): slerp of the latents, between two that are encoded and
/// of the class mixes and the switches a straight line. On a keyframe it is that keyframe exactly. Needs one keyframe
/// or more, all of equal Z and K.
Keyframe morph_at(std::span<const Keyframe> keyframes, std::uint16_t position, bool loop, int switches = 0);

/// The keyframe nearest to `position`.
int nearest_keyframe(int keyframes, std::uint16_t position, bool loop);

/// A class mix between two, weights scaled so that the largest is 255.
ClassMix mix_between(const ClassMix& a, const ClassMix& b, float t);

/// Moves `strip` (0 to 1) by `elapsed_ms` at `speed` tenths of a keyframe per second. A loop wraps around; otherwise it
/// stops at 1.
double advance(double strip, double elapsed_ms, int keyframes, int speed, bool loop);

}  // namespace avae
