#include "ledger/file_system.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace evenkeel {
namespace {

// Not in <linux/magic.h>.
constexpr long zfs_magic = 0x2fc12fc1;
constexpr long bcachefs_magic = 0xca451a4e;

constexpr std::array<long, 12> local_kinds{EXT4_SUPER_MAGIC,
                                           XFS_SUPER_MAGIC,
                                           BTRFS_SUPER_MAGIC,
                                           TMPFS_MAGIC,
                                           RAMFS_MAGIC,
                                           F2FS_SUPER_MAGIC,
                                           OVERLAYFS_SUPER_MAGIC,
                                           REISERFS_SUPER_MAGIC,
                                           MSDOS_SUPER_MAGIC,
                                           SQUASHFS_MAGIC,
                                           zfs_magic,
                                           bcachefs_magic};

}  // namespace

bool is_on_local_disk(const std::string& path) {
  struct statfs about = {};
  if (::statfs(path.c_str(), &about) != 0) {
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
    if (::statfs(folder.c_str(), &about) != 0) return false;
  }
  return std::ranges::find(local_kinds, static_cast<long>(about.f_type)) != local_kinds.end();
}

}  // namespace evenkeel
