#include "core/display_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr std::string_view ellipsis = "…";

// A character of UTF-8 text; a malformed byte counts as one character.
struct Glyph {
  std::string_view bytes;
  std::uint32_t code = 0;
  bool malformed = false;

  // Simplified East Asian width: everything from the CJK radicals on is wide.
  std::size_t columns() const { return code >= 0x2e80 ? 2 : 1; }
  bool is_control() const { return code < 0x20 || (code >= 0x7f && code < 0xa0) || is_direction(); }

  // Such characters change the order in which a terminal shows the others (Unicode's UAX #9).
  bool is_direction() const {
    return code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  }
};

std::size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

// Valid as strict readers define it: no overlong forms, no surrogates.
bool is_character(std::uint32_t code, std::size_t length) {
  if (length == 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
  return length < 4 || (code >= 0x10000 && code <= 0x10ffff);
}

// The first glyph of non-empty text.
Glyph first_glyph(std::string_view text) {
  const Glyph malformed{text.substr(0, 1), '?', true};
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = length_by_lead(lead);
  if (length == 0 || length > text.size()) return malformed;
  std::uint32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (const char c : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0u) != 0x80u) return malformed;
    code = code << 6 | (byte & 0x3fu);
  }
  if (!is_character(code, length)) return malformed;
  return {text.substr(0, length), code, false};
}

}  // namespace

std::size_t display_columns(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    columns += glyph.columns();
    text.remove_prefix(glyph.bytes.size());
  }
  return columns;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    if (glyph.malformed || glyph.is_control()) {
      for (const char byte : glyph.bytes) {
        fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<unsigned char>(byte));
      }
    } else {
      result += glyph.bytes;
    }
    text.remove_prefix(glyph.bytes.size());
  }
  return result;
}

std::string clip_middle(std::string_view text, std::size_t columns) {
  EVENKEEL_CHECK(columns >= 1);
  const std::size_t all = display_columns(text);
  if (all <= columns) return std::string(text);

  const std::size_t tail_columns = (columns - 1) / 2;
  std::size_t head_room = columns - 1 - tail_columns;
  std::string result;
  std::size_t passed = 0;
  bool in_head = true;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    if (in_head && glyph.columns() > head_room) {
      in_head = false;
      result += ellipsis;
    }
    if (in_head) {
      head_room -= glyph.columns();
      result += glyph.bytes;
    } else if (all - passed <= tail_columns) {
      result += glyph.bytes;
    }
    passed += glyph.columns();
    text.remove_prefix(glyph.bytes.size());
  }
  return result;
}

}  // namespace evenkeel
