#include "archive/dcc_schema.h"

#include <fmt/format.h>
#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <filesystem>
#include <mutex>
#include <regex>

#include "archive/xml_document.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

const xmlChar* xml(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

// Empty when the catalogue does not map it.
std::string resolve(xmlCatalog* catalog, const std::string& uri) {
  xmlChar* found = xmlACatalogResolveURI(catalog, xml(uri));
  if (!found) return {};
  std::string path = reinterpret_cast<const char*>(found);
  xmlFree(found);
  constexpr std::string_view kFile = "file://";
  return path.rfind(kFile, 0) == 0 ? path.substr(kFile.size()) : path;
}

// libxml2 has one entity loader for the whole process: while a schema is parsed, this one replaces it under a mutex.
std::mutex loader_mutex;
xmlCatalog* loader_catalog = nullptr;
std::string loader_folder;
xmlExternalEntityLoader original_loader = nullptr;

// Files of the schema folder only.
xmlParserInput* load_locally(const char* url, const char* id, xmlParserCtxt* context) {
  std::string path = url ? url : "";
  if (path.find("://") != std::string::npos) path = resolve(loader_catalog, path);
  std::error_code error;
  const auto relative = std::filesystem::weakly_canonical(path, error).lexically_relative(loader_folder);
  if (path.empty() || error || relative.empty() || *relative.begin() == "..") return nullptr;
  return original_loader(path.c_str(), id, context);
}

class LocalLoader {
 public:
  LocalLoader(xmlCatalog* catalog, const std::string& folder) : lock_(loader_mutex) {
    loader_catalog = catalog;
    loader_folder = std::filesystem::canonical(folder).string();
    original_loader = xmlGetExternalEntityLoader();
    xmlSetExternalEntityLoader(&load_locally);
  }
  ~LocalLoader() {
    xmlSetExternalEntityLoader(original_loader);
    loader_catalog = nullptr;
  }
  LocalLoader(const LocalLoader&) = delete;
  LocalLoader& operator=(const LocalLoader&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
};

void collect(void* user, xmlErrorPtr error) {
  std::string message = error->message ? error->message : tr("unknown error");
  while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
    message.pop_back();
  static_cast<std::vector<SchemaIssue>*>(user)->push_back({error->line, message});
}

SchemaResult skipped(const std::string& reason) {
  return {SchemaState::skipped, reason, {}};
}

}  // namespace

SchemaResult validate_against_schema(std::string_view bytes, const std::string& schema_folder,
                                     const std::string& name) {
  const XmlDocument document = parse_xml(bytes, name);
  if (schema_folder.empty()) return skipped(tr("no schema: no folder was given"));
  const auto catalog_path = std::filesystem::path(schema_folder) / "catalog.xml";
  if (!std::filesystem::exists(catalog_path))
    return skipped(fmt::format(fmt::runtime(tr("no schema: there is no {}")), catalog_path.string()));

  const std::string version = attribute(xmlDocGetRootElement(document.get()), "schemaVersion");
  static const std::regex kVersion("[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  if (!std::regex_match(version, kVersion)) {
    return {SchemaState::invalid,
            {},
            {{1, fmt::format(fmt::runtime(tr("schemaVersion is \"{}\", expected one like 3.3.0")), version)}}};
  }
  const std::unique_ptr<xmlCatalog, decltype(&xmlFreeCatalog)> catalog(xmlLoadACatalog(catalog_path.c_str()),
                                                                       &xmlFreeCatalog);
  if (!catalog) throw base::InputError(catalog_path.string() + ": " + tr("cannot be read as an XML catalogue"));
  const std::string schema_path = resolve(catalog.get(), "https://ptb.de/dcc/v" + version + "/dcc.xsd");
  if (schema_path.empty() || !std::filesystem::exists(schema_path)) {
    return skipped(fmt::format(fmt::runtime(tr("no schema: {} has none of version {}")), schema_folder, version));
  }

  std::vector<SchemaIssue> schema_issues;
  std::unique_ptr<xmlSchema, decltype(&xmlSchemaFree)> schema(nullptr, &xmlSchemaFree);
  {
    const LocalLoader loader(catalog.get(), schema_folder);
    const std::unique_ptr<xmlSchemaParserCtxt, decltype(&xmlSchemaFreeParserCtxt)> context(
        xmlSchemaNewParserCtxt(schema_path.c_str()), &xmlSchemaFreeParserCtxt);
    xmlSchemaSetParserStructuredErrors(context.get(), &collect, &schema_issues);
    schema.reset(xmlSchemaParse(context.get()));
  }
  if (!schema) {
    throw base::InputError(schema_path + ": " + tr("the schema cannot be loaded") +
                           (schema_issues.empty() ? "" : ": " + schema_issues.front().message));
  }
  SchemaResult result;
  const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> context(
      xmlSchemaNewValidCtxt(schema.get()), &xmlSchemaFreeValidCtxt);
  xmlSchemaSetValidStructuredErrors(context.get(), &collect, &result.issues);
  const int code = xmlSchemaValidateDoc(context.get(), document.get());
  if (code < 0) throw base::InputError(name + ": " + tr("the validation failed inside libxml2"));
  result.state = code == 0 ? SchemaState::valid : SchemaState::invalid;
  return result;
}

}  // namespace etalon::archive
