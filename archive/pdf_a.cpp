#include "archive/pdf_a.h"

#include <fmt/format.h>

#include <filesystem>
// libqpdf 11: shared_ptr throughout.
#define POINTERHOLDER_TRANSITION 4
#include <qpdf/Buffer.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFEFStreamObjectHelper.hh>
#include <qpdf/QPDFEmbeddedFileDocumentHelper.hh>
#include <qpdf/QPDFFileSpecObjectHelper.hh>
#include <qpdf/QPDFWriter.hh>

#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr const char* kProfile = "/usr/share/color/icc/sRGB.icc";
constexpr const char* kProducer = "cairo, libqpdf";

std::string xml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

// It must say the same as the document information dictionary (ISO 19005-3, 6.6.3).
std::string xmp(const PdfInformation& info) {
  const std::string date = info.date + "T00:00:00Z";
  return fmt::format(R"(<?xpacket begin="{}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>
   <xmp:CreatorTool>{}</xmp:CreatorTool>
   <xmp:CreateDate>{}</xmp:CreateDate>
   <xmp:ModifyDate>{}</xmp:ModifyDate>
   <pdf:Producer>{}</pdf:Producer>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>)",
                     "\ufeff", xml_escaped(info.title), xml_escaped(info.author), xml_escaped(info.subject),
                     xml_escaped(info.creator), date, date, kProducer);
}

QPDFObjectHandle text(const std::string& value) {
  return QPDFObjectHandle::newUnicodeString(value);
}
QPDFObjectHandle name(const std::string& value) {
  return QPDFObjectHandle::newName(value);
}

std::string pdf_date(const std::string& date) {
  return "D:" + date.substr(0, 4) + date.substr(5, 2) + date.substr(8, 2) + "000000Z";
}

void set_information(QPDF& pdf, const PdfInformation& info) {
  auto dictionary = QPDFObjectHandle::newDictionary();
  dictionary.replaceKey("/Title", text(info.title));
  dictionary.replaceKey("/Author", text(info.author));
  dictionary.replaceKey("/Subject", text(info.subject));
  dictionary.replaceKey("/Creator", text(info.creator));
  dictionary.replaceKey("/Producer", text(kProducer));
  dictionary.replaceKey("/CreationDate", QPDFObjectHandle::newString(pdf_date(info.date)));
  dictionary.replaceKey("/ModDate", QPDFObjectHandle::newString(pdf_date(info.date)));
  pdf.getTrailer().replaceKey("/Info", pdf.makeIndirectObject(dictionary));

  auto metadata = QPDFObjectHandle::newStream(&pdf, xmp(info));
  metadata.getDict().replaceKey("/Type", name("/Metadata"));
  metadata.getDict().replaceKey("/Subtype", name("/XML"));
  pdf.getRoot().replaceKey("/Metadata", metadata);
}

void set_output_intent(QPDF& pdf) {
  if (!std::filesystem::exists(kProfile)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} is missing; install the package icc-profiles-free")), kProfile));
  }
  auto profile = QPDFObjectHandle::newStream(&pdf, base::read_file(kProfile));
  profile.getDict().replaceKey("/N", QPDFObjectHandle::newInteger(3));
  auto intent = QPDFObjectHandle::newDictionary();
  intent.replaceKey("/Type", name("/OutputIntent"));
  intent.replaceKey("/S", name("/GTS_PDFA1"));
  intent.replaceKey("/OutputConditionIdentifier", QPDFObjectHandle::newString("sRGB"));
  intent.replaceKey("/Info", QPDFObjectHandle::newString("sRGB IEC61966-2.1"));
  intent.replaceKey("/DestOutputProfile", profile);
  auto intents = QPDFObjectHandle::newArray();
  intents.appendItem(pdf.makeIndirectObject(intent));
  pdf.getRoot().replaceKey("/OutputIntents", intents);
}

void fix_fonts(QPDF& pdf) {
  for (auto& object : pdf.getAllObjects()) {
    if (!object.isDictionary()) continue;
    // cairo leaves the map out (its glyph numbers are the font's own); every part of PDF/A wants it said.
    if (object.getKey("/Subtype").isName() && object.getKey("/Subtype").getName() == "/CIDFontType2" &&
        !object.hasKey("/CIDToGIDMap")) {
      object.replaceKey("/CIDToGIDMap", name("/Identity"));
    }
    auto type = object.getKey("/Type");
    if (type.isName() && type.getName() == "/FontDescriptor" && !object.hasKey("/FontFile") &&
        !object.hasKey("/FontFile2") && !object.hasKey("/FontFile3")) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the font {} is not embedded in the PDF")),
                                         object.getKey("/FontName").unparse()));
    }
  }
}

void attach(QPDF& pdf, const PdfInformation& info, const std::vector<PdfAttachment>& attachments) {
  QPDFEmbeddedFileDocumentHelper files(pdf);
  auto associated = QPDFObjectHandle::newArray();
  for (const auto& attachment : attachments) {
    auto stream = QPDFEFStreamObjectHelper::createEFStream(pdf, attachment.bytes);
    stream.setCreationDate(pdf_date(info.date)).setModDate(pdf_date(info.date)).setSubtype(attachment.media_type);
    auto spec = QPDFFileSpecObjectHelper::createFileSpec(pdf, attachment.file_name, stream);
    spec.setDescription(attachment.description);
    spec.getObjectHandle().replaceKey("/AFRelationship", name("/Source"));
    files.replaceEmbeddedFile(attachment.file_name, spec);
    associated.appendItem(spec.getObjectHandle());
  }
  if (!attachments.empty()) pdf.getRoot().replaceKey("/AF", associated);
}

}  // namespace

std::string make_pdf_a(std::string_view bytes, const PdfInformation& info,
                       const std::vector<PdfAttachment>& attachments) {
  try {
    QPDF pdf;
    pdf.processMemoryFile("certificate", bytes.data(), bytes.size());
    auto root = pdf.getRoot();
    set_information(pdf, info);
    set_output_intent(pdf);
    fix_fonts(pdf);
    attach(pdf, info, attachments);
    root.replaceKey("/Lang", QPDFObjectHandle::newString(info.language));
    auto viewer = QPDFObjectHandle::newDictionary();
    viewer.replaceKey("/DisplayDocTitle", QPDFObjectHandle::newBool(true));
    root.replaceKey("/ViewerPreferences", viewer);

    QPDFWriter writer(pdf);
    writer.setOutputMemory();
    writer.setDeterministicID(true);
    writer.setMinimumPDFVersion("1.7");
    // No object streams: a signature can later be added as an incremental update.
    writer.setObjectStreamMode(qpdf_o_disable);
    writer.setNewlineBeforeEndstream(true);
    writer.write();
    const std::shared_ptr<Buffer> out = writer.getBufferSharedPointer();
    return {reinterpret_cast<const char*>(out->getBuffer()), out->getSize()};
  } catch (const base::Error&) {
    throw;
  } catch (const std::exception& e) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the PDF could not be finished: {}")), e.what()));
  }
}

PdfStatements pdf_statements(std::string_view bytes, const std::string& pdf_name) {
  try {
    QPDF pdf;
    pdf.setSuppressWarnings(true);
    pdf.processMemoryFile(pdf_name.c_str(), bytes.data(), bytes.size());
    PdfStatements found;
    auto information = pdf.getTrailer().getKey("/Info");
    const auto entry = [&](const char* key) {
      if (!information.isDictionary()) return std::string();
      auto value = information.getKey(key);
      return value.isString() ? value.getUTF8Value() : std::string();
    };
    found.title = entry("/Title");
    found.subject = entry("/Subject");
    const std::string date = entry("/CreationDate");
    if (date.size() >= 10 && date.starts_with("D:")) {
      found.date = date.substr(2, 4) + "-" + date.substr(6, 2) + "-" + date.substr(8, 2);
    }
    auto metadata = pdf.getRoot().getKey("/Metadata");
    if (metadata.isStream()) {
      const auto data = metadata.getStreamData(qpdf_dl_all);
      const std::string_view xmp_text(reinterpret_cast<const char*>(data->getBuffer()), data->getSize());
      const auto says = [&](const std::string& element) { return xmp_text.find(element) != std::string_view::npos; };
      found.metadata_agree = says(">" + xml_escaped(found.title) + "<") && says("<xmp:CreateDate>" + found.date);
    }
    return found;
  } catch (const std::exception& e) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: not a readable PDF: {}")), pdf_name, e.what()));
  }
}

bool ends_as_pdf(std::string_view pdf) {
  constexpr std::string_view kEnd = "%%EOF";
  const auto at = pdf.rfind(kEnd);
  return at != std::string_view::npos &&
         pdf.substr(at + kEnd.size()).find_first_not_of("\r\n") == std::string_view::npos;
}

std::vector<PdfAttachment> pdf_attachments(std::string_view bytes, const std::string& pdf_name) {
  try {
    QPDF pdf;
    pdf.setSuppressWarnings(true);
    pdf.processMemoryFile(pdf_name.c_str(), bytes.data(), bytes.size());
    std::vector<PdfAttachment> found;
    QPDFEmbeddedFileDocumentHelper files(pdf);
    for (const auto& [key, spec] : files.getEmbeddedFiles()) {
      QPDFEFStreamObjectHelper stream(spec->getEmbeddedFileStream());
      const auto data = spec->getEmbeddedFileStream().getStreamData(qpdf_dl_all);
      found.push_back({spec->getFilename(),
                       stream.getSubtype(),
                       spec->getDescription(),
                       {reinterpret_cast<const char*>(data->getBuffer()), data->getSize()}});
    }
    return found;
  } catch (const std::exception& e) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: not a readable PDF: {}")), pdf_name, e.what()));
  }
}

}  // namespace etalon::archive
