// Reads the text of a JSON file.
#pragma once

#include <nlohmann/json.hpp>

#include "dataset/text_file.h"

namespace evenkeel {

// Throws UserError with the place if it is not JSON, or if an object has a key twice; of what
// "extra" keeps, nothing is looked at.
nlohmann::json parse_json(const TextFile& file);

}  // namespace evenkeel
