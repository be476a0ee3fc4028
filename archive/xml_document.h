// XML documents through libxml2, owned and parsed with care: no DTD, no entities, no network, a size limit.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::archive {

inline constexpr const char* kDccNamespace = "https://ptb.de/dcc";
inline constexpr const char* kSiNamespace = "https://ptb.de/si";

struct XmlDocumentDeleter {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using XmlDocument = std::unique_ptr<xmlDoc, XmlDocumentDeleter>;

inline constexpr std::size_t kLargestXml = 32u << 20;

// FileError with `name`, line and column when it is not well-formed, has a DTD, is larger than `limit` bytes, or has an
// element of more than 100 attributes.
XmlDocument parse_xml(std::string_view bytes, const std::string& name, std::size_t limit = kLargestXml);

// Local name and namespace both equal.
bool is_element(const xmlNode* node, const char* namespace_uri, std::string_view local_name);
std::string local_name(const xmlNode* node);
// nullptr when there is none.
xmlNode* child_element(const xmlNode* parent, const char* namespace_uri, std::string_view local_name);
std::vector<xmlNode*> child_elements(const xmlNode* parent, const char* namespace_uri, std::string_view local_name);
std::vector<xmlNode*> child_elements(const xmlNode* parent);
// Empty when absent.
std::string attribute(const xmlNode* element, const char* name);

// The text of an element that holds text only, blanks at both ends removed. A comment, processing instruction, entity
// or element in it is a FileError: a signature does not cover comments, and "0.<!-- -->09" must not be read as "0.".
std::string element_text(const xmlNode* element, const std::string& file);
// Blank-separated words of such a text (the XMLList types of D-SI).
std::vector<std::string> element_words(const xmlNode* element, const std::string& file);
std::vector<std::string> split_words(std::string_view text);

}  // namespace etalon::archive
