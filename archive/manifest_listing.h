// What lies in the folder certificates/ of an archive, each file for itself: one that cannot be read hides no other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/manifest.h"

namespace etalon::archive {

enum class ManifestState {
  good,
  changed,     // not what its own SHA-256 says, or no manifest any more
  unreadable,  // no permission, a link, a folder, …
  later,       // of a later format: nothing can be said
  other_name,  // the manifest of a number under the name of another
  invisible,   // a text in it holds characters that nobody sees
  stranger,    // its name is none of a manifest
  vanished,    // taken away between listing and reading
};

struct ListedManifest {
  std::string path;
  ManifestState state = ManifestState::good;
  std::optional<Manifest> manifest;  // also of other_name and invisible
  std::string problem;               // empty when good
};

struct ManifestListing {
  std::vector<ListedManifest> manifests;  // by file name
  std::string problem;                    // the folder cannot be listed
  bool missing = false;  // there is no such folder (an empty archive, from a copy without empty folders)
};

// Of the folder `certificates`; changes nothing.
ManifestListing list_manifests(const std::string& folder);

}  // namespace etalon::archive
