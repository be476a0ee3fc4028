#include "archive/pending_filing.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/archive.h"
#include "archive/durable_file.h"
#include "archive/folder_listing.h"
#include "archive/manifest_listing.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr const char* kSuffix = ".manifest";
constexpr std::size_t kLargestManifest = std::size_t{16} << 20;

bool is_later(const timespec& one, const timespec& other) {
  return one.tv_sec != other.tv_sec ? one.tv_sec > other.tv_sec : one.tv_nsec > other.tv_nsec;
}

// A writer puts the manifest into store/tmp first and never touches it again, so its change of state (which a rename or
// a copy renews) is not later than the writing of any object of that filing. When all objects are there the filing is
// whole and no matter for this question.
bool is_of_interrupted_writer(const ObjectStore& objects, const UnfinishedFile& file) {
  struct stat pending = {};
  if (has_all_objects(objects, *file.manifest) || lstat(file.path.c_str(), &pending) != 0) return false;
  for (const ManifestFile& one : file.manifest->files) {
    struct stat object = {};
    if (lstat(objects.path_of(one.sha256).c_str(), &object) == 0 && is_later(pending.st_ctim, object.st_mtim))
      return false;
  }
  return true;
}

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
    UnfinishedFile file{objects.temporary_folder() + "/" + name,
                        is_temporary_name(name),
                        is_own_temporary_name(name),
                        std::nullopt,
                        {}};
    if (file.known_shape && name.ends_with(kSuffix)) {
      FileLook look;
      const std::string bytes = read_regular_file(file.path, kLargestManifest, look);
      try {
        if (look.state == FileState::read) file.manifest = read_manifest(bytes, file.path);
        if (file.manifest) file.text = bytes;
      } catch (const base::InputError&) {
        // Interrupted while it was written: then there is no object of it yet.
      }
    }
    files.push_back(std::move(file));
  }
  return files;
}

bool has_all_objects(const ObjectStore& objects, const Manifest& manifest) {
  return std::all_of(manifest.files.begin(), manifest.files.end(), [&](const ManifestFile& file) {
    const FileLook seen = look_at(objects.path_of(file.sha256));
    return seen.state == FileState::read && seen.sha256 == file.sha256 && seen.size == file.size;
  });
}

std::string state_of_unfinished(const ObjectStore& objects, const UnfinishedFile& file) {
  if (!file.manifest) {
    return file.of_this_machine ? tr("was left by an interrupted write; the next filing clears it")
                                : tr("was left by an interrupted write on another machine, or is being written there; "
                                     "the next filing on "
                                     "that machine clears it; if it files here no more, move the file away");
  }
  const bool whole = has_all_objects(objects, *file.manifest);
  if (!file.of_this_machine) {
    return whole
               ? tr("the filing of this certificate was interrupted or goes on on another machine, all its objects are "
                    "there: the next filing on that machine completes it; if it files here no more, file the "
                    "certificate again here and move this file away")
               : tr("the filing of this certificate was interrupted or goes on on another machine, objects are "
                    "missing: file it again; the next filing on that machine clears this file, or move it away");
  }
  return whole ? tr("the filing of this certificate was interrupted, all its objects are there: the next filing "
                    "completes it, unless its number is taken by then")
               : tr("the filing of this certificate was interrupted, objects are missing: file it again; objects that "
                    "an interrupted writer left are cleared by the next filing, others stay");
}

SettledFilings settle_interrupted(const ObjectStore& objects, const std::string& certificates_folder) {
  SettledFilings settled;
  std::string problem;
  auto files = unfinished_files(objects, problem);
  std::erase_if(files, [](const UnfinishedFile& file) { return !file.known_shape; });
  if (std::none_of(files.begin(), files.end(), [](const UnfinishedFile& file) { return file.of_this_machine; }))
    return settled;
  for (const UnfinishedFile& file : files) {
    if (!file.of_this_machine || !file.manifest || !has_all_objects(objects, *file.manifest)) continue;
    const std::string path = certificates_folder + "/" + manifest_file_name(file.manifest->number);
    if (publish(file.path, path)) settled.completed.insert(file.manifest->number);
  }
  bool all_read = true;
  const ManifestListing filed = list_manifests(certificates_folder);
  if (!filed.problem.empty()) all_read = false;
  std::set<std::string> referred_to;
  std::set<std::string> filed_texts;
  const auto refer_to_objects_of = [&](const Manifest& manifest) {
    for (const auto& file : manifest.files)
      referred_to.insert(file.sha256);
  };
  for (const auto& listed : filed.manifests) {
    if (!listed.manifest) all_read = false;
    if (!listed.manifest) continue;
    refer_to_objects_of(*listed.manifest);
    if (listed.state != ManifestState::other_name) filed_texts.insert(write_manifest(*listed.manifest));
  }
  std::vector<const UnfinishedFile*> to_clear;
  for (const auto& file : files) {
    const bool is_filed = file.manifest && filed_texts.count(file.text);
    if (file.of_this_machine && (!file.manifest || is_filed)) {
      unlink(file.path.c_str());
    } else if (file.of_this_machine && all_read && is_of_interrupted_writer(objects, file)) {
      to_clear.push_back(&file);
    } else if (file.manifest) {
      refer_to_objects_of(*file.manifest);
      settled.left = settled.left || file.of_this_machine;
    }
  }
  for (const UnfinishedFile* file : to_clear) {
    for (const auto& object : file->manifest->files) {
      if (!referred_to.count(object.sha256)) unlink(objects.path_of(object.sha256).c_str());
    }
    unlink(file->path.c_str());
  }
  return settled;
}

}  // namespace etalon::archive
