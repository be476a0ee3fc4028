#include "archive/tidied_text.h"

#include "archive/xml_document.h"

namespace etalon::archive {

std::string tidied(std::string_view text) {
  std::string out;
  for (const auto& word : split_words(text))
    out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace etalon::archive
