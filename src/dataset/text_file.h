// A text file in memory, and positions in it for messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>

namespace evenkeel {

class TextFile {
 public:
  // Readable bytes after the text, for SIMD parsers; their contents mean nothing.
  static constexpr std::size_t padding = 64;

  // Reads the whole file. Throws UserError if it is missing, cannot be read, or is not text.
  explicit TextFile(std::filesystem::path path);

  // A text that is already in memory; `path` is only a name.
  TextFile(std::filesystem::path path, std::string_view text);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path folder() const;  // absolute; of a pipe without a name, the current folder
  std::int64_t bytes() const { return static_cast<std::int64_t>(size_); }

  // Without the byte order mark, if there was one.
  std::string_view text() const { return text_; }

  // Lines and columns count from 1; a column is a UTF-8 character. `place` is in text(), or its
  // end.
  std::int64_t line_of(const char* place) const;
  std::int64_t column_of(const char* place) const;

  // Throw UserError: "PATH: fault", "PATH:LINE: fault" and "PATH:LINE:COLUMN: fault".
  [[noreturn]] void fail(std::string_view fault) const;
  [[noreturn]] void fail_at_line(std::int64_t line, std::string_view fault) const;
  [[noreturn]] void fail_at(const char* place, std::string_view fault) const;

 private:
  struct Free {
    void operator()(void* data) const { std::free(data); }
  };
  using Buffer = std::unique_ptr<char, Free>;

  static Buffer buffer_for(std::size_t size);
  void read();
  void check_is_text(std::size_t bytes);  // that were read last
  void set_text();                        // from data_

  std::filesystem::path path_;
  Buffer data_;
  std::size_t size_ = 0;
  std::string_view text_;
};

}  // namespace evenkeel
