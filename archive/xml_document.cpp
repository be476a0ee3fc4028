#include "archive/xml_document.h"

#include <fmt/format.h>

#include <libxml/parser.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

const char* chars(const xmlChar* text) {
  return reinterpret_cast<const char*>(text);
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

// libxml2 takes quadratic time in the attributes of one element, so they are counted before it sees them: "=" outside
// of quotes between "<" and ">". In UTF-16 a NUL stands between the characters, which changes nothing.
void require_few_attributes(std::string_view bytes, const std::string& name) {
  constexpr int kMostAttributes = 100;
  const auto skip_past = [&](std::size_t at, std::string_view end) {
    const auto found = bytes.find(end, at);
    return found == std::string_view::npos ? bytes.size() : found + end.size();
  };
  for (std::size_t at = bytes.find('<'); at < bytes.size(); at = bytes.find('<', at)) {
    if (bytes.substr(at, 4) == "<!--") {
      at = skip_past(at, "-->");
      continue;
    }
    if (bytes.substr(at, 9) == "<![CDATA[") {
      at = skip_past(at, "]]>");
      continue;
    }
    char quote = 0;
    int attributes = 0;
    const std::size_t begin = at;
    for (++at; at < bytes.size() && (quote || bytes[at] != '>'); ++at) {
      const char c = bytes[at];
      if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '=' && ++attributes > kMostAttributes) {
        throw base::FileError({name, 1 + static_cast<int>(std::count(bytes.begin(), bytes.begin() + begin, '\n'))},
                              fmt::format(fmt::runtime(tr("an element has more than {} attributes; a certificate has "
                                                          "four at most")),
                                          kMostAttributes));
      }
    }
  }
}

}  // namespace

XmlDocument parse_xml(std::string_view bytes, const std::string& name, std::size_t limit) {
  if (bytes.size() > limit || bytes.size() > INT_MAX) {
    throw base::FileError({name}, fmt::format(fmt::runtime(tr("the XML document has {} bytes, at most {} are read")),
                                              bytes.size(), limit));
  }
  require_few_attributes(bytes, name);
  xmlInitParser();
  std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(xmlNewParserCtxt(), &xmlFreeParserCtxt);
  // Neither XML_PARSE_NOENT nor XML_PARSE_DTDLOAD: entities stay unexpanded and nothing outside is opened.
  XmlDocument document(
      xmlCtxtReadMemory(context.get(), bytes.data(), static_cast<int>(bytes.size()), name.c_str(), nullptr,
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES));
  if (!document) {
    const xmlError* error = xmlCtxtGetLastError(context.get());
    const std::string reason = error && error->message ? trimmed(error->message) : tr("cannot be parsed");
    throw base::FileError(
        {name, error ? error->line : 0, error ? error->int2 : 0},
        fmt::format(fmt::runtime(tr("not well-formed XML: {}; expected a digital calibration certificate")), reason));
  }
  if (document->intSubset || document->extSubset) {
    throw base::FileError({name}, tr("has a document type declaration (DTD); certificates must not have one"));
  }
  if (!xmlDocGetRootElement(document.get())) throw base::FileError({name}, tr("has no root element"));
  return document;
}

bool is_element(const xmlNode* node, const char* namespace_uri, std::string_view local_name) {
  return node && node->type == XML_ELEMENT_NODE && node->ns && std::strcmp(chars(node->ns->href), namespace_uri) == 0 &&
         local_name == chars(node->name);
}

std::string local_name(const xmlNode* node) {
  return chars(node->name);
}

xmlNode* child_element(const xmlNode* parent, const char* namespace_uri, std::string_view local_name) {
  for (xmlNode* child = parent ? parent->children : nullptr; child; child = child->next) {
    if (is_element(child, namespace_uri, local_name)) return child;
  }
  return nullptr;
}

std::vector<xmlNode*> child_elements(const xmlNode* parent, const char* namespace_uri, std::string_view local_name) {
  std::vector<xmlNode*> found;
  for (xmlNode* child = parent ? parent->children : nullptr; child; child = child->next) {
    if (is_element(child, namespace_uri, local_name)) found.push_back(child);
  }
  return found;
}

std::vector<xmlNode*> child_elements(const xmlNode* parent) {
  std::vector<xmlNode*> found;
  for (xmlNode* child = parent ? parent->children : nullptr; child; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) found.push_back(child);
  }
  return found;
}

std::string attribute(const xmlNode* element, const char* name) {
  xmlChar* value = xmlGetNoNsProp(element, reinterpret_cast<const xmlChar*>(name));
  if (!value) return {};
  std::string text = chars(value);
  xmlFree(value);
  return text;
}

std::string element_text(const xmlNode* element, const std::string& file) {
  std::string text;
  for (const xmlNode* child = element->children; child; child = child->next) {
    if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE) {
      throw base::FileError(
          {file, static_cast<int>(xmlGetLineNo(child))},
          fmt::format(fmt::runtime(tr("<{}> holds something besides text (a comment, a processing instruction, an "
                                      "entity or an element); its value cannot be trusted")),
                      local_name(element)));
    }
    if (child->content) text += chars(child->content);
  }
  return trimmed(text);
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::vector<std::string> element_words(const xmlNode* element, const std::string& file) {
  return split_words(element_text(element, file));
}

}  // namespace etalon::archive
