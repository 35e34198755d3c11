// Checks a spans file as a user's script would.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace evenkeel {

// Whether the spans of a file are all positions of these epochs, each once.
::testing::AssertionResult spans_tile(const std::string& path, std::int64_t epochs,
                                      std::int64_t samples);

// Whether they are the first `end` positions, each once, of epochs one after the other.
::testing::AssertionResult spans_tile_up_to(const std::string& path, std::int64_t end,
                                            std::int64_t samples_an_epoch);

}  // namespace evenkeel
