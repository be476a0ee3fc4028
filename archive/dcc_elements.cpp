#include "archive/dcc_elements.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::LocalText;
using base::tr;

namespace {

// The D-SI of DCC 2.1 has a namespace of its own, with k and p beside the value.
constexpr const char* kFirstSiNamespace = "https://ptb.de/si/smartcom/d-si/v1_0_1";
constexpr const char* kRootName = "digitalCalibrationCertificate";

enum Mark : std::uintptr_t { unseen = 0, opened = 1, whole = 2 };

// libxml2 leaves `_private` to its caller.
Mark mark_of(const xmlNode* node) {
  return static_cast<Mark>(reinterpret_cast<std::uintptr_t>(node->_private));
}

void set_mark(const xmlNode* node, Mark mark) {
  if (mark_of(node) < mark) const_cast<xmlNode*>(node)->_private = reinterpret_cast<void*>(mark);
}

const char* namespace_of(const xmlNode* node) {
  return node->ns && node->ns->href ? reinterpret_cast<const char*>(node->ns->href) : "";
}

// An XML name may have 50 000 characters.
std::string shortened(const std::string& name) {
  constexpr std::size_t kLongest = 80;
  return name.size() <= kLongest ? name : name.substr(0, kLongest) + "…";
}

// "si:complex" as the file writes it; a namespace that is neither DCC's nor D-SI's is named.
std::string written_name(const xmlNode* node, const std::string& si_namespace) {
  std::string name = shortened(local_name(node));
  if (node->ns && node->ns->prefix) name = reinterpret_cast<const char*>(node->ns->prefix) + (":" + name);
  const std::string space = namespace_of(node);
  if (space != kDccNamespace && space != si_namespace && !space.empty()) name += " {" + shortened(space) + "}";
  return name;
}

// "customer/location/city": the element and up to three around it.
std::string path_of(const xmlNode* element) {
  std::string path = shortened(local_name(element));
  int levels = 3;
  for (const xmlNode* up = element->parent;
       up && up->type == XML_ELEMENT_NODE && up->parent && up->parent->type == XML_ELEMENT_NODE && levels-- > 0;
       up = up->parent)
    path = shortened(local_name(up)) + "/" + path;
  return path;
}

bool blank(const xmlNode* text) {
  return !text->content || !*text->content || xmlIsBlankNode(text);
}

void append(std::string& to, const std::string& text) {
  if (!to.empty() && !text.empty()) to += " ";
  to += text;
}

bool uses_namespace(const xmlNode* node, const char* space) {
  for (; node; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (std::strcmp(namespace_of(node), space) == 0 || uses_namespace(node->children, space)) return true;
  }
  return false;
}

}  // namespace

DccElements::DccElements(std::string_view bytes, std::string file)
    : file_(std::move(file)), document_(parse_xml(bytes, file_)), root_(xmlDocGetRootElement(document_.get())) {
  if (!is_element(root_, kDccNamespace, kRootName)) {
    const std::string space = namespace_of(root_);
    throw base::FileError(
        {file_, line(root_)},
        fmt::format(fmt::runtime(tr("the root element is <{}> of {}, expected <{}> of the namespace {}")),
                    local_name(root_), space.empty() ? tr("no namespace") : space, kRootName, kDccNamespace));
  }
  for (const char* space : {kSiNamespace, kFirstSiNamespace}) {
    if (si_namespace_.empty() && uses_namespace(root_, space)) si_namespace_ = space;
  }
  set_mark(root_, opened);
}

const xmlNode* DccElements::dcc(const xmlNode* parent, const char* name) {
  const xmlNode* node = child_element(parent, kDccNamespace, name);
  if (node) set_mark(node, opened);
  return node;
}

const xmlNode* DccElements::si(const xmlNode* parent, const char* name) {
  const xmlNode* node = si_namespace_.empty() ? nullptr : child_element(parent, si_namespace_.c_str(), name);
  if (node) set_mark(node, opened);
  return node;
}

std::vector<const xmlNode*> DccElements::dcc_all(const xmlNode* parent, const char* name) {
  std::vector<const xmlNode*> found;
  for (const xmlNode* node : child_elements(parent, kDccNamespace, name)) {
    set_mark(node, opened);
    found.push_back(node);
  }
  return found;
}

std::vector<const xmlNode*> DccElements::si_all(const xmlNode* parent, const char* name) {
  std::vector<const xmlNode*> found;
  if (si_namespace_.empty()) return found;
  for (const xmlNode* node : child_elements(parent, si_namespace_.c_str(), name)) {
    set_mark(node, opened);
    found.push_back(node);
  }
  return found;
}

bool DccElements::is_si(const xmlNode* node) const {
  return node->type == XML_ELEMENT_NODE && si_namespace_ == namespace_of(node);
}

void DccElements::open(const xmlNode* element) {
  set_mark(element, opened);
}

std::string DccElements::text(const xmlNode* element) {
  if (!element) return {};
  set_mark(element, whole);
  try {
    return element_text(element, file_);
  } catch (const base::FileError& e) {
    // The message without the place, which stands beside it.
    const std::string place = to_string(e.position()) + ": ";
    std::string message = e.what();
    if (message.rfind(place, 0) == 0) message = message.substr(place.size());
    faults.push_back({message, e.position().line});
    return {};
  }
}

Words DccElements::words(const xmlNode* element) {
  return split_words(text(element));
}

Words DccElements::dcc_texts(const xmlNode* parent, const char* name) {
  Words all;
  for (const xmlNode* node : dcc_all(parent, name))
    all.push_back(text(node));
  return all;
}

std::optional<bool> DccElements::boolean(const xmlNode* element) {
  if (!element) return std::nullopt;
  const std::string word = text(element);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  faults.push_back(
      {fmt::format(fmt::runtime(tr("<{}> is \"{}\", expected true or false")), local_name(element), shortened(word)),
       line(element)});
  return std::nullopt;
}

LocalText DccElements::local_text(const xmlNode* element) {
  LocalText found;
  std::string other, other_language;
  const auto to_all = [&](const std::string& part) {
    append(found.en, part);
    append(found.zh, part);
    append(other, part);
  };
  bool in_language[3] = {false, false, false};  // English, Chinese, another
  for (const xmlNode* child = element ? element->children : nullptr; child; child = child->next) {
    if (is_element(child, kDccNamespace, "content")) {
      const std::string language = attribute(child, "lang");
      const std::string part = text(child);
      if (part.empty()) continue;
      if (language.empty()) {
        to_all(part);
      } else if (language.substr(0, 2) == "en") {
        append(found.en, part);
        in_language[0] = true;
      } else if (language.substr(0, 2) == "zh") {
        append(found.zh, part);
        in_language[1] = true;
      } else if (other_language.empty() || other_language == language) {
        other_language = language;
        append(other, part);
        in_language[2] = true;
      }
    } else if (is_element(child, kDccNamespace, "name")) {
      set_mark(child, opened);
      const LocalText heading = local_text(child);
      if (heading.empty()) continue;
      append(found.en, heading.in(base::Language::en) + ":");
      append(found.zh, heading.in(base::Language::zh) + ":");
      append(other, heading.in(base::Language::en) + ":");
    } else if (is_element(child, kDccNamespace, "formula")) {
      to_all(formula(child));
    } else if (is_element(child, kDccNamespace, "file")) {
      to_all(file(child));
    }
  }
  // Neutral parts alone are no translation: a language without words of its own takes another's.
  const bool any = in_language[0] || in_language[1] || in_language[2];
  if (any && !in_language[0]) found.en = in_language[2] ? other : std::string();
  if (any && !in_language[1]) found.zh.clear();
  return found;
}

std::string DccElements::formula(const xmlNode* element) {
  set_mark(element, opened);
  std::string all;
  for (const xmlNode* node : dcc_all(element, "latex"))
    append(all, "LaTeX: " + text(node));
  for (const xmlNode* node : dcc_all(element, "mathml")) {
    xmlBuffer* buffer = xmlBufferCreate();
    for (xmlNode* child = node->children; child; child = child->next) {
      if (child->type == XML_ELEMENT_NODE) xmlNodeDump(buffer, document_.get(), child, 0, 0);
    }
    std::string source;
    for (const auto& word : split_words(reinterpret_cast<const char*>(xmlBufferContent(buffer))))
      append(source, word);
    xmlBufferFree(buffer);
    append(all, "MathML: " + source);
    mark_whole(node);
  }
  return all;
}

std::string DccElements::file(const xmlNode* element) {
  set_mark(element, opened);
  const LocalText name = local_text(element, "name");
  const LocalText description = local_text(element, "description");
  const std::string file_name = dcc_text(element, "fileName");
  const std::string type = dcc_text(element, "mimeType");
  std::size_t size = 0;
  if (const xmlNode* data = dcc(element, "dataBase64")) size = text(data).size();
  add_unread(element);
  std::string all;
  append(all, name.in(base::Language::en));
  append(all, description.in(base::Language::en));
  append(all, fmt::format(fmt::runtime(tr("file {} ({}, {} characters of base64)")), file_name, type, size));
  return all;
}

void DccElements::mark_whole(const xmlNode* element) {
  set_mark(element, whole);
}

void DccElements::add_unread(const xmlNode* element) {
  unread.push_back({written_name(element, si_namespace_), line(element)});
}

bool DccElements::is_plain_text(const xmlNode* element) const {
  for (const xmlNode* child = element->children; child; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) return false;
  }
  return true;
}

void DccElements::collect_rest() {
  rest_below(root_);
}

void DccElements::rest_below(const xmlNode* element) {
  static const std::set<std::string> kAttributes{"id", "refId", "refType", "lang", "schemaVersion"};
  for (const xmlAttr* a = element->properties; a; a = a->next) {
    const std::string name = reinterpret_cast<const char*>(a->name);
    if (!a->ns && !kAttributes.count(name))
      unread.push_back({written_name(element, si_namespace_) + "/@" + shortened(name), line(element)});
  }
  // In these a missing part is a missing result; elsewhere it is an entry like phone or fax.
  static const std::set<std::string> kContent{"data", "quantity", "list"};
  const bool content = kContent.count(local_name(element)) > 0;
  for (const xmlNode* child = element->children; child; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
      if (!blank(child))
        unread.push_back(
            {fmt::format(fmt::runtime(tr("text within {}")), written_name(element, si_namespace_)), line(child)});
      continue;
    }
    if (child->type != XML_ELEMENT_NODE || mark_of(child) == whole) continue;
    if (mark_of(child) == opened) {
      rest_below(child);
      continue;
    }
    const bool dcc_entry = std::strcmp(namespace_of(child), kDccNamespace) == 0 && !content;
    if (dcc_entry && is_plain_text(child)) {
      const std::string value = text(child);
      if (!value.empty()) entries.push_back({path_of(child), {value, value}, line(child)});
    } else if (dcc_entry && child_element(child, kDccNamespace, "content")) {
      set_mark(child, opened);
      const LocalText value = local_text(child);
      if (!value.empty()) entries.push_back({path_of(child), value, line(child)});
      rest_below(child);
    } else if (dcc_entry && local_name(child) != "comment" && local_name(child) != "document") {
      set_mark(child, opened);
      rest_below(child);
    } else {
      set_mark(child, whole);
      add_unread(child);
    }
  }
}

}  // namespace etalon::archive
