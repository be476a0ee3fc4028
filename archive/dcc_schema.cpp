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

struct Collected {
  std::vector<SchemaIssue> issues;
  std::size_t count = 0;
  std::string undeclared;  // the first element of a namespace that no schema at hand describes
};

// A strict wildcard (dcc:mathml) wants a schema for the elements in it; without one nothing is known of them.
bool lacks_schema(const xmlError& error) {
  const auto* node = static_cast<const xmlNode*>(error.node);
  if (error.code != XML_SCHEMAV_CVC_ELT_1 && error.code != XML_SCHEMAV_CVC_WILDCARD) return false;
  if (!node || node->type != XML_ELEMENT_NODE || !node->ns) return false;
  const std::string space = reinterpret_cast<const char*>(node->ns->href);
  return space != kDccNamespace && space != kSiNamespace && space != "http://www.w3.org/2000/09/xmldsig#";
}

void collect(void* user, xmlErrorPtr error) {
  constexpr std::size_t kMostKept = 200;
  auto& collected = *static_cast<Collected*>(user);
  if (lacks_schema(*error)) {
    const auto* node = static_cast<const xmlNode*>(error->node);
    if (collected.undeclared.empty()) {
      collected.undeclared = fmt::format(fmt::runtime(tr("no schema for <{}> of {} in line {}")), local_name(node),
                                         reinterpret_cast<const char*>(node->ns->href), error->line);
    }
    return;
  }
  std::string message = error->message ? error->message : tr("unknown error");
  while (!message.empty() && (message.back() == '\n' || message.back() == ' '))
    message.pop_back();
  if (++collected.count <= kMostKept) collected.issues.push_back({error->line, message});
}

SchemaResult skipped(const std::string& version, const std::string& reason) {
  SchemaResult result;
  result.version = version;
  result.reason = reason;
  return result;
}

}  // namespace

SchemaResult validate_against_schema(std::string_view bytes, const std::string& schema_folder,
                                     const std::string& name) {
  const XmlDocument document = parse_xml(bytes, name);
  const std::string version = attribute(xmlDocGetRootElement(document.get()), "schemaVersion");
  if (version.empty()) return skipped(version, tr("no schema: the certificate states no schemaVersion"));
  static const std::regex kVersion("[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(-[a-z0-9.]{1,20})?");
  if (!std::regex_match(version, kVersion)) {
    SchemaResult result;
    result.state = SchemaState::invalid;
    result.issues = {
        {1, fmt::format(fmt::runtime(tr("schemaVersion is \"{}\", expected one like 3.3.0")), version.substr(0, 40))}};
    result.issue_count = 1;
    return result;
  }
  if (schema_folder.empty()) return skipped(version, tr("no schema: no folder was given"));
  const auto catalog_path = std::filesystem::path(schema_folder) / "catalog.xml";
  if (!std::filesystem::exists(catalog_path))
    return skipped(version, fmt::format(fmt::runtime(tr("no schema: there is no {}")), catalog_path.string()));
  const std::unique_ptr<xmlCatalog, decltype(&xmlFreeCatalog)> catalog(xmlLoadACatalog(catalog_path.c_str()),
                                                                       &xmlFreeCatalog);
  if (!catalog) return skipped(version, catalog_path.string() + ": " + tr("cannot be read as an XML catalogue"));
  const std::string schema_path = resolve(catalog.get(), "https://ptb.de/dcc/v" + version + "/dcc.xsd");
  if (schema_path.empty() || !std::filesystem::exists(schema_path))
    return skipped(version,
                   fmt::format(fmt::runtime(tr("no schema: {} has none of version {}")), schema_folder, version));

  Collected schema_issues;
  std::unique_ptr<xmlSchema, decltype(&xmlSchemaFree)> schema(nullptr, &xmlSchemaFree);
  {
    const LocalLoader loader(catalog.get(), schema_folder);
    const std::unique_ptr<xmlSchemaParserCtxt, decltype(&xmlSchemaFreeParserCtxt)> context(
        xmlSchemaNewParserCtxt(schema_path.c_str()), &xmlSchemaFreeParserCtxt);
    xmlSchemaSetParserStructuredErrors(context.get(), &collect, &schema_issues);
    schema.reset(xmlSchemaParse(context.get()));
  }
  if (!schema) {
    return skipped(version, schema_path + ": " + tr("the schema cannot be loaded") +
                                (schema_issues.issues.empty() ? "" : ": " + schema_issues.issues.front().message));
  }
  Collected found;
  const std::unique_ptr<xmlSchemaValidCtxt, decltype(&xmlSchemaFreeValidCtxt)> context(
      xmlSchemaNewValidCtxt(schema.get()), &xmlSchemaFreeValidCtxt);
  xmlSchemaSetValidStructuredErrors(context.get(), &collect, &found);
  const int code = xmlSchemaValidateDoc(context.get(), document.get());
  if (code < 0) return skipped(version, tr("the validation failed inside libxml2"));
  SchemaResult result;
  result.version = version;
  result.issues = std::move(found.issues);
  result.issue_count = found.count;
  result.reason = found.undeclared;
  result.state = found.count > 0             ? SchemaState::invalid
                 : !found.undeclared.empty() ? SchemaState::undecided
                 : code == 0                 ? SchemaState::valid
                                             : SchemaState::invalid;
  return result;
}

}  // namespace etalon::archive
