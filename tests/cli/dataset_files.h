// Small inputs for the program, written into a folder.
#pragma once

#include <cstdint>
#include <string>

namespace evenkeel {

// Writes a file with this many bytes.
void write_bytes(const std::string& path, std::size_t bytes);

void write_text(const std::string& path, const std::string& text);

// A manifest of `files` files of `samples` samples each, which are not there: for jobs that read
// nothing.
std::string manifest_text(int files, int samples);

// A manifest of this many samples that takes most of them for short and some for long: a line a
// sample, which says how many seconds it lasts.
std::string durations_text(int samples);

// A tree of files below `folder`, of 1 to a few thousand bytes. Returns the bytes of all.
std::int64_t write_tree(const std::string& folder, int files);

}  // namespace evenkeel
