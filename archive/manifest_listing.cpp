#include "archive/manifest_listing.h"

#include <fmt/format.h>

#include <utility>

#include "archive/archive.h"
#include "archive/folder_listing.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr std::size_t kLargestManifest = std::size_t{16} << 20;

std::string invisible_text(const Manifest& manifest) {
  std::vector<std::pair<std::string, std::string>> texts{
      {tr("number"), manifest.number}, {tr("status"), manifest.status},    {tr("begin"), manifest.begin_date},
      {tr("end"), manifest.end_date},  {tr("issue"), manifest.issue_date}, {tr("serial number"), manifest.item_serial}};
  for (const auto& file : manifest.files) {
    texts.emplace_back(tr("role"), file.role);
    texts.emplace_back(tr("file name"), file.file_name);
    texts.emplace_back(tr("media type"), file.media_type);
  }
  for (const auto& [what, text] : texts) {
    if (const auto character = base::find_invisible(text)) {
      return fmt::format(
          fmt::runtime(tr("{} \"{}\" holds the invisible character {}: it reads differently from what it is")), what,
          base::visible_line(text), character->name);
    }
  }
  return {};
}

ListedManifest listed_manifest(const std::string& folder, const std::string& name) {
  ListedManifest listed{folder + "/" + name, ManifestState::good, std::nullopt, {}};
  const auto is = [&](ManifestState state, const std::string& problem) {
    listed.state = state;
    listed.problem = problem;
  };
  FileLook look;
  const std::string bytes = read_regular_file(listed.path, kLargestManifest, look);
  if (look.state == FileState::missing) {
    is(ManifestState::vanished, tr("is missing"));
    return listed;
  }
  if (!name.ends_with(kManifestSuffix) || name.front() == '.') {
    is(ManifestState::stranger, tr("is no manifest: it was put there by hand"));
    return listed;
  }
  if (look.state == FileState::unreadable) {
    is(ManifestState::unreadable, look.reason);
    return listed;
  }
  try {
    if (manifest_format(bytes) > kManifestFormat) {
      is(ManifestState::later,
         fmt::format(fmt::runtime(tr("is of format {}, this program reads {}; use a later etalon")),
                     manifest_format(bytes), kManifestFormat));
      return listed;
    }
    listed.manifest = read_manifest(bytes, listed.path);
  } catch (const base::FileError& e) {
    const std::string place = base::visible_text(listed.path) + ": ";
    const std::string message = e.what();
    is(ManifestState::changed, message.starts_with(place) ? message.substr(place.size()) : message);
    return listed;
  }
  if (name != manifest_file_name(listed.manifest->number)) {
    is(ManifestState::other_name,
       fmt::format(fmt::runtime(tr("the manifest of {} stands under another name")), listed.manifest->number));
  } else if (const std::string invisible = invisible_text(*listed.manifest); !invisible.empty()) {
    is(ManifestState::invisible, invisible);
  }
  return listed;
}

}  // namespace

ManifestListing list_manifests(const std::string& folder) {
  ManifestListing out;
  const FolderListing names = list_folder(folder);
  out.missing = names.missing;
  if (!names.missing) out.problem = names.problem;
  for (const std::string& name : names.names)
    out.manifests.push_back(listed_manifest(folder, name));
  return out;
}

}  // namespace etalon::archive
