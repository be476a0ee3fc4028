#include "archive/dcc_signatures.h"

#include <openssl/x509.h>

#include <cstring>
#include <memory>

namespace etalon::archive {

namespace {

constexpr const char* kSignatureNamespace = "http://www.w3.org/2000/09/xmldsig#";

// The first element of that name below `node`, in any namespace.
const xmlNode* find_below(const xmlNode* node, const char* name) {
  for (const xmlNode* child = node ? node->children : nullptr; child; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    if (local_name(child) == name) return child;
    if (const xmlNode* found = find_below(child, name)) return found;
  }
  return nullptr;
}

std::string joined(const Words& words, const char* between) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : between) + word;
  return all;
}

// The subject of a DER certificate in base64; empty when it cannot be read.
std::string subject_of(const std::string& base64) {
  std::string der(base64.size() / 4 * 3 + 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (size <= 0) return {};
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(d2i_X509(nullptr, &bytes, size), &X509_free);
  if (!certificate) return {};
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  // RFC 2253 without escaping what is UTF-8 anyway.
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* begin = nullptr;
  const long length = BIO_get_mem_data(text.get(), &begin);
  return length > 0 ? std::string(begin, static_cast<std::size_t>(length)) : std::string();
}

DccSignature signature(DccElements& elements, const xmlNode* node) {
  DccSignature out;
  out.line = DccElements::line(node);
  out.kind = "XML signature";
  if (find_below(node, "QualifyingProperties")) {
    out.kind = "XAdES";
    if (find_below(node, "SignatureTimeStamp")) out.kind = "XAdES-T";
    if (find_below(node, "RevocationValues")) out.kind = "XAdES-LT";
    if (find_below(node, "ArchiveTimeStamp")) out.kind = "XAdES-LTA";
  }
  const xmlNode* key = find_below(node, "KeyInfo");
  if (const xmlNode* certificate = find_below(key, "X509Certificate"))
    out.signer = subject_of(joined(elements.words(certificate), ""));
  for (const char* name : {"X509SubjectName", "KeyName"}) {
    const xmlNode* stated = find_below(key, name);
    if (out.signer.empty() && stated) out.signer = joined(elements.words(stated), " ");
  }
  elements.mark_whole(node);
  return out;
}

void signatures_below(DccElements& elements, const xmlNode* node, std::vector<DccSignature>& all) {
  for (const xmlNode* child = node->children; child; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    if (is_element(child, kSignatureNamespace, "Signature")) {
      all.push_back(signature(elements, child));
    } else {
      signatures_below(elements, child, all);
    }
  }
}

}  // namespace

std::vector<DccSignature> read_signatures(DccElements& elements) {
  std::vector<DccSignature> all;
  signatures_below(elements, elements.root(), all);
  return all;
}

}  // namespace etalon::archive
