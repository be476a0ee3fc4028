#include "archive/dcc_tree_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "archive/xml_document.h"
#include "base/identification.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;

namespace {

class TreeCheck {
 public:
  explicit TreeCheck(DccIssues& found) : found_(found) {}

  void walk(const xmlNode* node) {
    for (; node; node = node->next) {
      if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        if (node->content) look_for_invisible(reinterpret_cast<const char*>(node->content), node);
        continue;
      }
      if (node->type != XML_ELEMENT_NODE) continue;
      for (const xmlAttr* a = node->properties; a; a = a->next) {
        const std::string name = reinterpret_cast<const char*>(a->name);
        const std::string value = attribute(node, name.c_str());
        look_for_invisible(value, node);
        if (a->ns) continue;
        if (name == "id" && !ids_.insert(value).second)
          found_.add(line(node), fmt::format(fmt::runtime(tr("the id \"{}\" stands twice")), quoted(value)));
        if (name == "refId") {
          for (const auto& reference : split_words(value))
            references_.emplace(reference, line(node));
        }
        if (name == "lang") languages_.emplace(value, line(node));
      }
      if (is_identification(node)) look_for_odd_blank(node);
      walk(node->children);
    }
  }

  void finish(const DccDocument& document) {
    for (const auto& [reference, line] : references_) {
      if (!ids_.count(reference)) {
        found_.add(line, fmt::format(fmt::runtime(tr("refId \"{}\" names no id of the document")), quoted(reference)));
      }
    }
    const auto& declared = document.used_languages;
    if (declared.empty()) found_.add(0, tr("it declares no language (usedLangCodeISO639_1)"));
    for (const auto& [language, line] : languages_) {
      if (!declared.empty() && std::find(declared.begin(), declared.end(), language) == declared.end()) {
        found_.add(line,
                   fmt::format(fmt::runtime(tr("the language \"{}\" is used and not declared")), quoted(language)));
      }
    }
  }

 private:
  static bool is_identification(const xmlNode* node) {
    const std::string name = local_name(node);
    return name == "uniqueIdentifier" || name == "calibrationLaboratoryCode" || name == "referralID" ||
           (name == "value" && node->parent && local_name(node->parent) == "identification");
  }

  // "A 1" with U+00A0 is another number than "A 1", and nobody sees it.
  void look_for_odd_blank(const xmlNode* node) {
    xmlChar* content = xmlNodeGetContent(node);
    const std::string text = content ? reinterpret_cast<const char*>(content) : "";
    xmlFree(content);
    const auto blank = base::odd_blank(text);
    if (!blank) return;
    found_.add(line(node),
               fmt::format(fmt::runtime(tr("the identification in <{}> holds the blank <{}>, which reads like "
                                           "another one: \"{}\"")),
                           quoted(local_name(node)), *blank, quoted(text)));
  }

  static int line(const xmlNode* node) { return static_cast<int>(xmlGetLineNo(node)); }

  // Line ends and tabs are only the form of the file.
  void look_for_invisible(std::string_view text, const xmlNode* node) {
    while (!text.empty()) {
      const auto end = std::min(text.find_first_of("\n\r\t"), text.size());
      if (const auto hidden = base::find_invisible(text.substr(0, end))) {
        const auto begin = hidden->offset > 20 ? hidden->offset - 20 : 0;
        found_.add(line(node),
                   fmt::format(fmt::runtime(tr("a character that nobody sees, {}, stands in <{}>: \"{}\"")),
                               hidden->name, quoted(local_name(node->type == XML_ELEMENT_NODE ? node : node->parent)),
                               base::visible_line(whole_characters(text.substr(begin, 60)))));
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // Without the broken ends of a cut.
  static std::string_view whole_characters(std::string_view text) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    while (!text.empty() && continues(text.front()))
      text.remove_prefix(1);
    std::size_t end = text.size();
    while (end > 0 && continues(text[end - 1]))
      --end;
    if (end > 0 && static_cast<unsigned char>(text[end - 1]) >= 0xC0) {
      const auto lead = static_cast<unsigned char>(text[end - 1]);
      const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
      if (text.size() - (end - 1) < length) return text.substr(0, end - 1);
    }
    return text;
  }

  DccIssues& found_;
  std::set<std::string> ids_;
  std::map<std::string, int> references_;  // the first line of each
  std::map<std::string, int> languages_;
};

}  // namespace

void check_tree(std::string_view bytes, const std::string& name, const DccDocument& document, DccIssues& found) {
  const XmlDocument tree = parse_xml(bytes, name);
  TreeCheck check(found);
  check.walk(xmlDocGetRootElement(tree.get()));
  check.finish(document);
}

}  // namespace etalon::archive
