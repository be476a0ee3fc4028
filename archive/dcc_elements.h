// The elements of a digital calibration certificate, with a record of which were read: what is asked for is marked, so
// that in the end every element can be named that nobody asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/dcc_document.h"
#include "archive/xml_document.h"

namespace etalon::archive {

class DccElements {
 public:
  // FileError when it is not well-formed, has a DTD or is no DCC; see xml_document.h for the limits.
  DccElements(std::string_view bytes, std::string file);

  const xmlNode* root() const { return root_; }
  static int line(const xmlNode* node) { return static_cast<int>(xmlGetLineNo(node)); }
  // "https://ptb.de/si", or that of the first D-SI; empty when the document has neither.
  const std::string& si_namespace() const { return si_namespace_; }

  // The first child of that name, and all; nullptr and empty when there is none.
  const xmlNode* dcc(const xmlNode* parent, const char* name);
  const xmlNode* si(const xmlNode* parent, const char* name);
  std::vector<const xmlNode*> dcc_all(const xmlNode* parent, const char* name);
  std::vector<const xmlNode*> si_all(const xmlNode* parent, const char* name);
  bool is_si(const xmlNode* node) const;
  // The element is known; its children are still to be read.
  void open(const xmlNode* element);

  // Texts: empty when the element is missing, and when markup stands within it (then a fault says so).
  std::string text(const xmlNode* element);
  std::string dcc_text(const xmlNode* parent, const char* name) { return text(dcc(parent, name)); }
  Words words(const xmlNode* element);
  Words si_words(const xmlNode* parent, const std::string& name) { return words(si(parent, name.c_str())); }
  Words dcc_texts(const xmlNode* parent, const char* name);
  // xs:boolean; any other word is a fault. Nothing when the element is missing.
  std::optional<bool> boolean(const xmlNode* element);
  // A textType or richContentType: name, contents, formulas and embedded files, in the order of the file. Contents
  // without language belong to every language; another language stands in for a missing English.
  base::LocalText local_text(const xmlNode* element);
  base::LocalText local_text(const xmlNode* parent, const char* name) { return local_text(dcc(parent, name)); }
  // LaTeX, or the MathML as it stands.
  std::string formula(const xmlNode* element);
  // "file.pdf (application/pdf, 1200 bytes of base64)"; the content itself goes to the unread.
  std::string file(const xmlNode* element);

  // The element and all below it are read.
  void mark_whole(const xmlNode* element);
  void add_unread(const xmlNode* element);
  // What was never asked for: DCC entries outside of data as texts, all else by name.
  void collect_rest();

  std::vector<DccEntry> entries;
  std::vector<DccUnread> unread;
  std::vector<DccFault> faults;

 private:
  void rest_below(const xmlNode* element);
  bool is_plain_text(const xmlNode* element) const;

  std::string file_;
  XmlDocument document_;
  const xmlNode* root_ = nullptr;
  std::string si_namespace_;
};

}  // namespace etalon::archive
