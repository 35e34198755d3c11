// What a fuzz target consists of: one function, which reads any bytes. A driver beside it calls
// that time and again: libFuzzer's, or the one that reads the files of a folder.
#pragma once

#include <string_view>

namespace evenkeel {

// Reads the bytes and says whether they were accepted. The refusals that the reader's contract
// names are caught; whatever else comes out, an exception or an abort, is a finding.
bool accepts(std::string_view bytes);

}  // namespace evenkeel
