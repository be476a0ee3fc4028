// Every text of a certificate with the name of its field, for rules that hold for all of them.
#pragma once

#include <string>
#include <vector>

#include "archive/certificate.h"

namespace etalon::archive {

enum class TextKind {
  identification,  // of a certificate, an instrument, a laboratory: base/identification.h
  name,            // a line: names, addresses, titles
  prose            // paragraphs of any length
};

struct CertificateText {
  std::string field;  // "the customer's address", in the language of the interface
  std::string text;
  TextKind kind = TextKind::name;
};

// Those that are stated, in the order of the certificate; a text in two languages gives two. Numbers of results are not
// among them.
std::vector<CertificateText> certificate_texts(const Certificate& certificate);

}  // namespace etalon::archive
