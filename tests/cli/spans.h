// Checks a spans file as a user's script would.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace evenkeel {

// Whether the spans of a file are all positions of these epochs, each once.
::testing::AssertionResult spans_tile(const std::string& path, std::int64_t epochs,
                                      std::int64_t samples);

}  // namespace evenkeel
