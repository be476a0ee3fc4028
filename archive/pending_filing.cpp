#include "archive/pending_filing.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/durable_file.h"
#include "archive/folder_listing.h"
#include "archive/manifest_listing.h"
#include "archive/regular_file.h"
#include "base/error.h"

namespace etalon::archive {

namespace {

constexpr const char* kSuffix = ".manifest";
constexpr std::size_t kLargestManifest = std::size_t{16} << 20;

}  // namespace

PendingFiling::PendingFiling(const ObjectStore& objects, const std::string& manifest_text)
    : temporary_(write_temporary(manifest_text, objects.temporary_folder(), kSuffix)) {
  sync_folder(objects.temporary_folder());  // before the objects, also after a loss of power
}

PendingFiling::~PendingFiling() {
  unlink(temporary_.c_str());
}

bool PendingFiling::publish_as(const std::string& path) const {
  return publish(temporary_, path);
}

std::vector<UnfinishedFile> unfinished_files(const ObjectStore& objects, std::string& problem) {
  std::vector<UnfinishedFile> files;
  const FolderListing listing = list_folder(objects.temporary_folder());
  problem = listing.missing ? "" : listing.problem;
  for (const std::string& name : listing.names) {
    UnfinishedFile file{objects.temporary_folder() + "/" + name, is_temporary_name(name), is_own_temporary_name(name),
                        std::nullopt};
    if (file.known_shape && name.ends_with(kSuffix)) {
      FileLook look;
      const std::string bytes = read_regular_file(file.path, kLargestManifest, look);
      try {
        if (look.state == FileState::read) file.manifest = read_manifest(bytes, file.path);
      } catch (const base::InputError&) {
        // Interrupted while it was written: then there is no object of it yet.
      }
    }
    files.push_back(std::move(file));
  }
  return files;
}

void clear_interrupted(const ObjectStore& objects, const std::string& certificates_folder) {
  std::string problem;
  const auto files = unfinished_files(objects, problem);
  if (std::none_of(files.begin(), files.end(), [](const UnfinishedFile& file) { return file.of_this_machine; })) return;
  std::set<std::string> referred_to;
  bool all_read = true;
  const ManifestListing filed = list_manifests(certificates_folder);
  if (!filed.problem.empty()) all_read = false;
  for (const auto& listed : filed.manifests) {
    if (!listed.manifest) all_read = false;
    if (listed.manifest) {
      for (const auto& file : listed.manifest->files)
        referred_to.insert(file.sha256);
    }
  }
  for (const auto& file : files) {
    if (file.of_this_machine || !file.manifest) continue;
    for (const auto& other : file.manifest->files)
      referred_to.insert(other.sha256);
  }
  for (const auto& file : files) {
    if (!file.of_this_machine) continue;
    if (file.manifest && !all_read) continue;
    if (file.manifest) {
      for (const auto& object : file.manifest->files) {
        if (!referred_to.count(object.sha256)) unlink(objects.path_of(object.sha256).c_str());
      }
    }
    unlink(file.path.c_str());
  }
}

}  // namespace etalon::archive
