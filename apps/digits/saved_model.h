// A model saved at a checkpoint.
#pragma once

#include <string>

#include "momentum.h"
#include "perceptron.h"

namespace evenkeel::digits {

// Writes model and optimizer to the file `tag` in a folder, whole or not at all. Throws UserError.
void save_model(const std::string& folder, const std::string& tag, const Perceptron& model,
                const Momentum& optimizer);

// Reads them back exactly. Throws UserError if the file is missing, or is of another model.
void load_model(const std::string& folder, const std::string& tag, Perceptron& model,
                Momentum& optimizer);

}  // namespace evenkeel::digits
