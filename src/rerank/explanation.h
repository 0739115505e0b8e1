// How much each kind of part gives to a document's score.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "rerank/request.h"

namespace vlr {

// Kinds of parts as bits: a set of them is a sum.
inline constexpr unsigned kTextParts = 1;
inline constexpr unsigned kImageParts = 2;
inline constexpr unsigned kVideoParts = 4;
inline constexpr std::size_t kPartSets = 8;

// Shapley values of players 0…n-1: value[set] is what the set of players (bits) reaches, value.size() == 2^n.
// They sum to value[all] - value[none]. Source: L. S. Shapley, A value for n-person games, 1953.
std::vector<double> ShapleyValues(std::span<const double> value);

// parts and contribution of a document that has `kinds`; score[set] is the document's score with the parts of
// that set alone, for every subset of kinds, score[0] that of the empty document.
void Attribute(unsigned kinds, const std::array<double, kPartSets>& score, Explanation* explanation);

}  // namespace vlr
