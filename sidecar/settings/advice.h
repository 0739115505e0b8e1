// Settings that are allowed and seldom meant.
#pragma once

#include <string>

#include "sidecar/settings/settings.h"

namespace vlr {

// In words, for the log; empty: nothing to say. Of a model on `device`: a GPU's cache that holds more than
// the one behind it, so that media which it still knows are fetched and decoded anew.
std::string CacheAdvice(const Settings& settings, const std::string& device);

}  // namespace vlr
